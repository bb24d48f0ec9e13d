/** The admin address, for now only `/healthz` (the process runs), `/readyz` (it accepts requests) and `/metrics`. */
import { err, ok, type Result } from "../base/result.ts";
import { systemWord } from "../io/socket-events.ts";
import type { MetricsPage } from "./metrics-page.ts";

/** Gets the Accept field of who asks. */
export type MetricsSource = (accept: string | null) => MetricsPage;

export interface AdminServer {
  notReady(): void;
  close(): void;
}

/**
 * @param address `HOST:PORT`, `[::1]:PORT`
 * @param metrics null: there are none
 */
export function startAdmin(address: string, metrics: MetricsSource | null): Result<AdminServer, string> {
  const at = address.lastIndexOf(":");
  const hostname = address.slice(0, at).replace(/^\[|\]$/g, "");
  let ready = true;
  try {
    const server = Bun.serve({
      hostname,
      port: Number(address.slice(at + 1)),
      fetch: (request) => answer(request, ready, metrics),
    });
    return ok({
      notReady: () => {
        ready = false;
      },
      close: () => void server.stop(true),
    });
  } catch (error) {
    return err(systemWord(error) ?? String(error));
  }
}

function answer(request: Request, ready: boolean, metrics: MetricsSource | null): Response {
  const path = new URL(request.url).pathname;
  if (path === "/metrics" && metrics !== null) {
    const { body, contentType } = metrics(request.headers.get("accept"));
    return new Response(body, { headers: { "content-type": contentType } });
  }
  if (path === "/healthz") return Response.json({ status: "ok" });
  if (path !== "/readyz") return Response.json({ detail: "not found" }, { status: 404 });
  return ready ? Response.json({ status: "ready" }) : Response.json({ status: "draining" }, { status: 503 });
}
