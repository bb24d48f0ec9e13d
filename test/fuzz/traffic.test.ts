/**
 * Many streams of one HTTP/2 connection at once, each with a body, a reader and an end of its own, drawn at random: whoever is given up
 * or slow must never cost another stream a byte. `TRAFFIC_ROUNDS=200` runs for longer; a failure names the seed of its round,
 * which `TRAFFIC_SEED` begins with.
 */
import { afterAll, afterEach, expect, test } from "bun:test";
import { certificatePath } from "../support/certificates.ts";
import { NodePeer, type NodeTools } from "../support/node-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";

const targets = new NodePeer();
const clients = new NodePeer();
afterEach(() => Promise.all([targets.cleanUp(), clients.cleanUp()]));
afterAll(() => Promise.all([targets.kill(), clients.kill()]));

const ROUNDS = Number(process.env["TRAFFIC_ROUNDS"] ?? 6);
const FIRST_SEED = Number(process.env["TRAFFIC_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const OWN_BYTES = 70_000;

/** Sends each body back as the request's `x-mode` says; `die` breaks off, and so does what has a new `x-once`. */
function startTarget(version: "http1" | "h2"): Promise<number> {
  return targets.run(({ http, http2, listen }, version) => {
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
      if (mode === "length") response.setHeader("content-length", body.length);
      else response.addTrailers({ "x-end": "1" });
      response.end(body);
    };
    const server =
      version === "h2" ? http2.createServer(handle as never) : http.createServer(handle as never);
    return listen(server as never);
  }, version);
}

interface Round {
  readonly port: number;
  readonly secure: boolean;
  readonly seed: number;
  readonly ownBytes: number;
}

/** What went wrong in one connection's streams. */
async function playRound({ http2, bytes, later }: NodeTools, round: Round): Promise<string[]> {
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
    const mode = pick("pipe", "pipe", "length", "trailers", "die", "own");
    const path = mode === "own" ? "/own" : pick("/http1", "/h2", "/copied", "/again1", "/again2");
    // Node as a client may lose the end of an answer that comes while its own body waits for a window.
    const mayBeEarly = mode === "own" || mode === "die";
    const sizes = mayBeEarly ? [0, 5, 20_000] : [0, 5, 20_000, 66_000, 400_000, 2_000_000];
    const body = bytes(pick(...sizes), round.seed + i);
    const giveUpAfter = below(6) === 0 ? below(500_000) : Number.POSITIVE_INFINITY;
    const isSlow = below(3) === 0;
    const what = `${mode} ${path} ${body.length} bytes${isSlow ? ", slow" : ""}, given up after ${giveUpAfter}`;
    const length = below(2) === 0 ? { "content-length": body.length } : {};
    const head = {
      ":method": "POST",
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

test("streams at random do each other no harm", async () => {
  const [http1, h2] = await Promise.all([startTarget("http1"), startTarget("h2")]);
  const certificate = `{ cert: "${certificatePath("shop.crt")}", key: "${certificatePath("shop.key")}" }`;
  await using proxy = await startTestProxy(`
listeners:
  plain: { address: "127.0.0.1:0" }
  secure: { address: "127.0.0.1:0", tls: { certificates: [ ${certificate} ] } }
upstreams:
  one: { targets: ["127.0.0.1:${http1}"] }
  two: { targets: ["127.0.0.1:${h2}"], protocol: h2 }
routes:
  - { listen: [plain, secure], path: /copied, upstream: one, mirror: [ { upstream: two, body: 3MiB }, { upstream: one, body: 1MiB } ] }
  - { listen: [plain, secure], path: /again1, upstream: one, retry: { after: [reset], methods: [POST], body: 3MiB, budget: 100% } }
  - { listen: [plain, secure], path: /again2, upstream: two, retry: { after: [reset], methods: [POST], body: 3MiB, budget: 100% } }
  - { listen: [plain, secure], path: /http1, targets: ["127.0.0.1:${http1}"] }
  - { listen: [plain, secure], path: /h2, targets: ["127.0.0.1:${h2}"], protocol: h2 }
  - { listen: [plain, secure], path: /own, respond: { status: 200, body: "${"o".repeat(OWN_BYTES)}" } }
`);
  for (let seed = FIRST_SEED; seed < FIRST_SEED + ROUNDS; seed++) {
    const secure = seed % 2 === 1;
    const round = { port: proxy.port(secure ? "secure" : "plain"), secure, seed, ownBytes: OWN_BYTES };
    expect({ seed, problems: await clients.run(playRound, round) }).toEqual({ seed, problems: [] });
  }
  await proxy.quiet();
  expect(proxy.failures).not.toContain("proxy.internal");
}, 300_000);
