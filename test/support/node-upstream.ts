/** An upstream on Node's own http server, with a page for each thing that tests ask of one. */
import type { NodePeer } from "./node-peer.ts";

/** What `/describe` answers. */
export interface Described {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  readonly sha256: string;
}

/**
 * `/describe` says what came; `/bytes?length=L&seed=S[&chunked]` sends random bytes; `/echo` sends back what comes as
 * it comes; `/connections` counts. Resolves with the port.
 */
export function startNodeUpstream(node: NodePeer): Promise<number> {
  return node.run(async ({ http, crypto, listen, bytes }) => {
    let connections = 0;
    const server = http.createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
      const url = new URL(request.url!, "http://upstream");
      const query = (name: string) => Number(url.searchParams.get(name));
      if (url.pathname === "/connections") response.end(String(connections));
      else if (url.pathname === "/echo") {
        response.writeHead(200, { "Content-Type": "application/octet-stream" });
        request.pipe(response);
      } else if (url.pathname === "/bytes") {
        const body = bytes(query("length"), query("seed"));
        if (!url.searchParams.has("chunked")) response.setHeader("Content-Length", body.length);
        for (let at = 0; at < body.length; at += 100_000) response.write(body.subarray(at, at + 100_000));
        response.end();
      } else {
        const hash = crypto.createHash("sha256");
        let bodyBytes = 0;
        for await (const chunk of request) {
          bodyBytes += chunk.length;
          hash.update(chunk);
        }
        const { method, headers, trailers } = request;
        const described = {
          method,
          url: request.url,
          headers,
          trailers,
          bodyBytes,
          sha256: hash.digest("hex"),
        };
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify(described));
      }
    });
    server.on("connection", () => {
      connections++;
    });
    return listen(server);
  }, null);
}
