/** Both ends of random traffic, in processes of real Node: a target that answers as it is told, and a client that draws what it does. */
import type { NodePeer, NodeTools } from "../support/node-peer.ts";

export interface TrafficTarget {
  readonly version: "http1" | "h2";
  /** What a target with TLS shows; null for one without. */
  readonly identity: { readonly key: string; readonly cert: string } | null;
}

/** Sends each body back as the request's `x-mode` says; `die` breaks off, and so does what has a new `x-once`. `late` may take a while. */
export function startTarget(targets: NodePeer, target: TrafficTarget): Promise<number> {
  return targets.run(({ http, https, http2, listen }, { version, identity }) => {
    type Answer = import("node:http2").Http2ServerResponse & import("node:http").ServerResponse;
    const breakOff = (response: Answer) => {
      if (version === "h2") response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
      else response.socket?.destroy();
    };
    const known = new Set<unknown>();
    const handle = async (request: import("node:http").IncomingMessage, response: Answer): Promise<void> => {
      request.on("error", () => {});
      response.on("error", () => {});
      const once = request.headers["x-once"];
      const isFirst = once !== undefined && !known.has(once);
      known.add(once);
      const mode = isFirst ? "die" : request.headers["x-mode"];
      if (mode === "pipe") return void request.pipe(response);
      if (mode === "die") request.once("data", () => breakOff(response));
      const body = Buffer.concat(await request.toArray().catch(() => []));
      if (mode === "die") return breakOff(response);
      if (mode === "late") await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
      if (mode === "length") response.setHeader("content-length", body.length);
      else response.addTrailers({ "x-end": "1" });
      response.end(body);
    };
    // Node's own limit is 10 MB of bodies that wait in one session; beyond, it refuses streams.
    const room = { maxSessionMemory: 1_000 };
    const make = {
      http1: () => (identity === null ? http.createServer() : https.createServer(identity)),
      h2: () =>
        identity === null ? http2.createServer(room) : http2.createSecureServer({ ...identity, ...room }),
    };
    const server = make[version]();
    server.on("request", handle as never);
    return listen(server as never);
  }, target);
}

export interface Round {
  readonly port: number;
  /** `/again…` are repeated when their target breaks off, `/hedged…` are sent a second time when it is late. */
  readonly paths: readonly string[];
  readonly secure: boolean;
  readonly seed: number;
  readonly ownBytes: number;
}

/** What went wrong in one connection's streams. */
export async function playRound({ http2, bytes, later }: NodeTools, round: Round): Promise<string[]> {
  let state = round.seed * 7919;
  const below = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % limit;
  };
  const pick = <T>(...from: T[]) => from[below(from.length)] as T;
  const scheme = round.secure ? "https" : "http";
  const session = http2.connect(`${scheme}://127.0.0.1:${round.port}`, {
    rejectUnauthorized: false,
    servername: "shop.example",
  });
  later(() => session.destroy());
  const problems: string[] = [];
  session.on("error", (error) => problems.push(`session: ${error.message}`));
  session.on("goaway", (code) => problems.push(`goaway ${code}`));
  await Promise.all(Array.from({ length: 12 }, (_, i) => playStream(i)));
  session.destroy();
  return problems;

  async function playStream(i: number): Promise<void> {
    const mode = pick("pipe", "pipe", "length", "trailers", "late", "die", "own");
    const path = mode === "own" ? "/own" : pick(...round.paths);
    // Node as a client may lose the end of an answer that comes while its own body waits for a window.
    const mayBeEarly = mode === "own" || mode === "die";
    const sizes = mayBeEarly ? [0, 5, 20_000] : [0, 5, 20_000, 66_000, 400_000, 2_000_000];
    const body = bytes(pick(...sizes), round.seed + i);
    const giveUpAfter = below(6) === 0 ? below(500_000) : Number.POSITIVE_INFINITY;
    const isSlow = below(3) === 0;
    const what = `${mode} ${path} ${body.length} bytes${isSlow ? ", slow" : ""}, given up after ${giveUpAfter}`;
    const length = below(2) === 0 ? { "content-length": body.length } : {};
    const head = {
      ":method": path.startsWith("/hedged") ? "PUT" : "POST",
      ":path": path,
      ":authority": "shop.example",
      "x-mode": mode,
      ...length,
      ...(path.startsWith("/again") ? { "x-once": `${round.seed} ${i}` } : {}),
    };
    const stream = session.request(head);
    const received: Buffer[] = [];
    let receivedBytes = 0;
    stream.on("data", (chunk: Buffer) => {
      received.push(chunk);
      receivedBytes += chunk.length;
      if (receivedBytes > giveUpAfter) stream.close(http2.constants.NGHTTP2_CANCEL);
      if (!isSlow || below(4) > 0) return;
      stream.pause();
      setTimeout(() => stream.resume(), below(10));
    });
    stream.on("error", () => {});
    const closed = new Promise<void>((resolve) => stream.on("close", resolve));
    for (let at = 0, step = 0; at < body.length && !stream.destroyed; at += step) {
      step = 1 + below(200_000);
      stream.write(body.subarray(at, at + step));
      if (below(3) === 0) await new Promise((resolve) => setTimeout(resolve, below(3)));
    }
    stream.end();
    const late = new Promise<"late">((resolve) => setTimeout(resolve, 60_000, "late").unref());
    if ((await Promise.race([closed, late])) === "late")
      problems.push(`${what}: no end, ${receivedBytes} bytes came`);
    if (mode === "die" || receivedBytes > giveUpAfter) return;
    const wanted = mode === "own" ? Buffer.alloc(round.ownBytes, "o") : body;
    if (!Buffer.concat(received).equals(wanted))
      problems.push(`${what}: ${receivedBytes} bytes, code ${stream.rstCode}`);
  }
}
