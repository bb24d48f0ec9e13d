/** The admin address, for now only `/healthz` (the process runs) and `/readyz` (it accepts requests). */
import { err, ok, type Result } from "../base/result.ts";
import { systemWord } from "../io/socket-events.ts";

export interface AdminServer {
  notReady(): void;
  close(): void;
}

/** @param address `HOST:PORT`, `[::1]:PORT` */
export function startAdmin(address: string): Result<AdminServer, string> {
  const at = address.lastIndexOf(":");
  const hostname = address.slice(0, at).replace(/^\[|\]$/g, "");
  let ready = true;
  try {
    const server = Bun.serve({
      hostname,
      port: Number(address.slice(at + 1)),
      fetch: (request) => answer(new URL(request.url).pathname, ready),
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

function answer(path: string, ready: boolean): Response {
  if (path === "/healthz") return Response.json({ status: "ok" });
  if (path !== "/readyz") return Response.json({ detail: "not found" }, { status: 404 });
  return ready ? Response.json({ status: "ready" }) : Response.json({ status: "draining" }, { status: 503 });
}
