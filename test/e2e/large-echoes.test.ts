/**
 * Bodies that are sent and answered at the same time, byte for byte, over every pair of versions with and without TLS:
 * wherever parts of received chunks wait, and whoever frees the chunks (src/io/chunk-memory.ts).
 */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { certificatePath, pem } from "../support/certificates.ts";
import { NodePeer, type NodeTools } from "../support/node-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

const BODY_BYTES = 12 * 1024 * 1024;
const VERSIONS = ["http1", "https1", "h2", "h2s"] as const;
type Version = (typeof VERSIONS)[number];
const SHOP = { cert: certificatePath("shop.crt"), key: certificatePath("shop.key") };

function startEcho(version: Version): Promise<number> {
  const identity = { cert: pem("shop.crt"), key: pem("shop.key") };
  return node.run(
    ({ http, https, http2, listen }, { version, identity }) => {
      const echo = (
        request: import("node:http").IncomingMessage,
        response: import("node:http").ServerResponse,
      ) => {
        response.setHeader("x-version", request.httpVersion);
        request.pipe(response);
      };
      const servers = {
        http1: () => http.createServer(echo),
        https1: () => https.createServer(identity, echo),
        h2: () => http2.createServer(echo as never),
        h2s: () => http2.createSecureServer(identity, echo as never),
      };
      return listen(servers[version]() as never);
    },
    { version, identity },
  );
}

interface Scene {
  readonly port: number;
  readonly version: Version;
  readonly bodyBytes: number;
  /** Stops reading for a moment after so many bytes; 0: never. */
  readonly restEveryBytes: number;
}

/** Sends a body and takes its echo. */
async function echoed(tools: NodeTools, scene: Scene) {
  const { http, https, http2, bytes, digest, crypto, later, once, Readable } = tools;
  const { port, version, bodyBytes, restEveryBytes } = scene;
  const body = bytes(bodyBytes, 7);
  const trusting = { rejectUnauthorized: false, servername: "shop.example" };
  const { sent, answer } = version.startsWith("h2") ? overHttp2() : overHttp1();
  Readable.from(pieces()).pipe(sent);
  const hash = crypto.createHash("sha256");
  let read = 0;
  let restAt = restEveryBytes;
  for await (const chunk of await answer) {
    hash.update(chunk);
    read += chunk.length;
    if (restAt === 0 || read < restAt) continue;
    restAt += restEveryBytes;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { read, isSame: hash.digest("hex") === (await digest([body])) };

  function* pieces() {
    for (let at = 0; at < body.length; at += 300_007) yield body.subarray(at, at + 300_007);
  }

  function overHttp1() {
    const { request } = version === "http1" ? http : https;
    const options = {
      host: "127.0.0.1",
      port,
      method: "POST",
      path: "/",
      agent: false as const,
      ...trusting,
    };
    const sent = request({ ...options, headers: { host: "shop.example" } });
    const answer = once(sent, "response").then(([response]) => response as AsyncIterable<Buffer>);
    return { sent, answer };
  }

  function overHttp2() {
    const scheme = version === "h2" ? "http" : "https";
    const session = http2.connect(`${scheme}://127.0.0.1:${port}`, trusting);
    later(() => session.destroy());
    const stream = session.request({ ":method": "POST", ":path": "/", ":authority": "shop.example" });
    return { sent: stream, answer: Promise.resolve(stream as AsyncIterable<Buffer>) };
  }
}

for (const target of VERSIONS) {
  describe(`towards ${target}`, () => {
    for (const client of VERSIONS) {
      test(`from ${client}: an eager reader, and one that rests`, async () => {
        const port = await startEcho(target);
        const scheme = target === "https1" || target === "h2s" ? "https" : "http";
        const tls = scheme === "https" ? ", tls: { insecure_skip_verify: on }" : "";
        const protocol = target.startsWith("h2") ? ", protocol: h2" : "";
        const secure = client === "https1" || client === "h2s";
        await using proxy = await startTestProxy(`
listeners:
  web: { address: "127.0.0.1:0"${secure ? `, tls: { certificates: [ { cert: "${SHOP.cert}", key: "${SHOP.key}" } ] }` : ""} }
upstreams: { echo: { targets: ["${scheme}://127.0.0.1:${port}"]${protocol}${tls} } }
routes: [ { listen: web, path: /, upstream: echo } ]
`);
        const scene = { port: proxy.port("web"), version: client, bodyBytes: BODY_BYTES };
        const [eager, resting] = await Promise.all([
          node.run(echoed, { ...scene, restEveryBytes: 0 }),
          node.run(echoed, { ...scene, restEveryBytes: 1024 * 1024 }),
        ]);
        expect(eager).toEqual({ read: BODY_BYTES, isSame: true });
        expect(resting).toEqual({ read: BODY_BYTES, isSame: true });
        expect(proxy.failures).toEqual([]);
      }, 60_000);
    }
  });
}
