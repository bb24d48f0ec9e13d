/**
 * A demo upstream for HTTP: two fixed answers and, for everything else, a page that shows what arrived,
 * so that one sees what a proxy changed on the way. Not on the byte path, so `Bun.serve` will do.
 */
import type { DemoUpstream } from "./demo-upstream.ts";
import { renderEcho } from "./echo-page.ts";
import { onLoopback } from "./loopback.ts";

/** @throws with `EADDRINUSE` when the port is taken */
export function startHttpUpstream(port: number): DemoUpstream {
  return onLoopback(port, startAt);
}

function startAt(hostname: string, port: number): DemoUpstream {
  const server = Bun.serve({ hostname, port, idleTimeout: IDLE_SECONDS, fetch: answer });
  return {
    port: server.port!,
    stop: async () => {
      await server.stop(true);
    },
  };
}

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/one") return Response.json({ message: "one" });
  if (pathname === "/") return Response.json({ message: "two" });
  return echo(request);
}

async function echo(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const bodyBytes = await countBytes(request.body);
  const { text, contentType } = renderEcho(
    { method: request.method, target: pathname + search, fields: [...request.headers], bodyBytes },
    request.headers.get("accept") ?? "",
  );
  return new Response(text, { headers: { "content-type": contentType } });
}

/** A large upload is counted as it passes, never kept. */
async function countBytes(body: ReadableStream<Uint8Array> | null): Promise<number> {
  let count = 0;
  if (body !== null) for await (const chunk of body) count += chunk.byteLength;
  return count;
}

/** Longer than a visitor thinks between two commands. Bun's own is 10 seconds. */
const IDLE_SECONDS = 120;
