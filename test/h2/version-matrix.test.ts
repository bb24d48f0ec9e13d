/** Every version towards the client with every version towards the target, with every kind of body: one loop. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { NodePeer } from "../support/node-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

type Version = "http1" | "h2";
const VERSIONS: readonly Version[] = ["http1", "h2"];

interface Scene {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly bodyBytes: number;
  readonly framing: "length" | "none";
  readonly trailers: boolean;
}

/**
 * Describes what came, and answers with as many bytes as the path says: with their length, or without and with
 * trailers. `/abort` breaks off in the middle, `/hang` never answers.
 */
function startUpstream(version: Version): Promise<number> {
  return node.run(async ({ http, http2, listen, bytes, digest, tell }, version) => {
    const handle = async (
      request: import("node:http").IncomingMessage,
      response: import("node:http").ServerResponse,
    ): Promise<void> => {
      const url = new URL(request.url!, "http://upstream");
      if (url.pathname === "/hang") {
        response.on("close", () => tell("left"));
        process.emit("hangs" as never);
        return;
      }
      const chunks = await request.toArray().catch(() => []);
      const body = bytes(Number(url.searchParams.get("length")), 5);
      response.setHeader("x-method", request.method!);
      response.setHeader("x-digest", await digest(chunks));
      response.setHeader("x-trailers", JSON.stringify(request.trailers));
      response.setHeader("x-forwarded", String(request.headers["x-forwarded-for"]));
      response.setHeader("x-version", request.httpVersion);
      if (url.searchParams.has("sized")) response.setHeader("content-length", body.length);
      else response.setHeader("trailer", "x-sum");
      response.flushHeaders();
      if (url.pathname === "/abort") {
        response.write(body.subarray(0, body.length / 2));
        setTimeout(() => {
          if ("stream" in response) (response.stream as import("node:http2").ServerHttp2Stream).close(2);
          else response.destroy();
        }, 20);
        return;
      }
      if (!url.searchParams.has("sized")) response.addTrailers({ "x-sum": "42" });
      response.end(body);
    };
    const server = version === "h2" ? http2.createServer(handle as never) : http.createServer(handle);
    return listen(server as never);
  }, version);
}

function request(version: Version, scene: Scene) {
  const action = version === "h2" ? overHttp2 : overHttp1;
  return node.run(action, scene);
}

async function overHttp1(
  { http, bytes, digest, once }: import("../support/node-peer.ts").NodeTools,
  scene: Scene,
) {
  const body = bytes(scene.bodyBytes, 7);
  const headers: Record<string, string | number> = {};
  if (scene.framing === "length") headers["Content-Length"] = body.length;
  else if (scene.bodyBytes > 0) headers["Transfer-Encoding"] = "chunked";
  if (scene.trailers) Object.assign(headers, { Trailer: "x-end", TE: "trailers", Connection: "TE" });
  const { port, method, path } = scene;
  const sent = http.request({ host: "127.0.0.1", port, method, path, headers, agent: false });
  if (scene.trailers) sent.addTrailers({ "x-end": "7" });
  sent.end(body);
  const whenAnswered = once(sent, "response");
  // Node tells of a reset here too, when the answer has begun.
  whenAnswered.then(() => sent.on("error", () => {}));
  const [answer] = (await whenAnswered) as [import("node:http").IncomingMessage];
  const chunks: Buffer[] = [];
  let broken = false;
  try {
    for await (const chunk of answer) chunks.push(chunk);
  } catch {
    broken = true;
  }
  return {
    status: answer.statusCode,
    headers: { ...answer.headers } as Record<string, string>,
    trailers: { ...answer.trailers } as Record<string, string>,
    digest: await digest(chunks),
    bytes: Buffer.concat(chunks).length,
    sent: await digest([body]),
    broken,
  };
}

async function overHttp2(
  { http2, bytes, digest, once, later }: import("../support/node-peer.ts").NodeTools,
  scene: Scene,
) {
  const body = bytes(scene.bodyBytes, 7);
  const session = http2.connect(`http://127.0.0.1:${scene.port}`);
  later(() => session.destroy());
  const headers: Record<string, string> = { ":method": scene.method, ":path": scene.path };
  if (scene.framing === "length") headers["content-length"] = String(body.length);
  if (scene.trailers) headers["te"] = "trailers";
  const stream = session.request(headers, {
    endStream: scene.bodyBytes === 0 && !scene.trailers,
    waitForTrailers: scene.trailers,
  } as never);
  if (scene.trailers) stream.on("wantTrailers", () => stream.sendTrailers({ "x-end": "7" }));
  if (scene.bodyBytes > 0 || scene.trailers) stream.end(body);
  let trailers: Record<string, string> = {};
  stream.on("trailers", (fields) => {
    trailers = { ...fields } as never;
  });
  const [answer] = await once(stream, "response");
  const chunks: Buffer[] = [];
  let broken = false;
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch {
    broken = true;
  }
  const result = {
    status: answer[":status"] as number,
    headers: { ...answer } as Record<string, string>,
    trailers,
    digest: await digest(chunks),
    bytes: Buffer.concat(chunks).length,
    sent: await digest([body]),
    broken: broken || stream.rstCode !== 0,
  };
  session.destroy();
  return result;
}

async function through(upstream: Version): Promise<TestProxy> {
  return startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["127.0.0.1:${await startUpstream(upstream)}"], protocol: ${upstream} }]
`);
}

const BODIES = [0, 5, 70_000, 1_500_000];

for (const downstream of VERSIONS) {
  for (const upstream of VERSIONS) {
    describe(`${downstream} to ${upstream}`, () => {
      for (const bodyBytes of BODIES) {
        for (const framing of ["length", "none"] as const) {
          for (const sized of [true, false]) {
            const answer = sized ? "sized" : "with trailers";
            test(`${bodyBytes} bytes up (${framing}), an answer ${answer}`, async () => {
              await using proxy = await through(upstream);
              const path = `/?length=${bodyBytes}${sized ? "&sized" : ""}`;
              const method = bodyBytes === 0 ? "GET" : "POST";
              const scene = { port: proxy.port(), method, path, bodyBytes, framing, trailers: false };
              const { status, headers, trailers, digest, sent, bytes, broken } = await request(
                downstream,
                scene,
              );
              expect({ status, bytes, broken }).toEqual({ status: 200, bytes: bodyBytes, broken: false });
              expect(headers["x-digest"]).toBe(sent);
              expect(headers["x-method"]).toBe(method);
              expect(headers["x-forwarded"]).toBe("127.0.0.1");
              expect(headers["x-version"]).toBe(upstream === "h2" ? "2.0" : "1.1");
              expect(trailers["x-sum"]).toBe(sized ? (undefined as never) : "42");
              if (bodyBytes === 0) return;
              expect(digest).toBe(
                (await node.run(
                  ({ bytes, digest }, length) => digest([bytes(length, 5)]),
                  bodyBytes,
                )) as string,
              );
            });
          }
        }
      }

      test("trailers of the request arrive", async () => {
        await using proxy = await through(upstream);
        const scene = {
          port: proxy.port(),
          method: "POST",
          path: "/?length=0",
          bodyBytes: 9,
          framing: "none",
          trailers: true,
        } as const;
        const { status, headers } = await request(downstream, scene);
        expect(status).toBe(200);
        expect(JSON.parse(headers["x-trailers"]!)).toEqual({ "x-end": "7" });
      });

      test("HEAD has no body, and tells its length", async () => {
        await using proxy = await through(upstream);
        const scene = {
          port: proxy.port(),
          method: "HEAD",
          path: "/?length=100&sized",
          bodyBytes: 0,
          framing: "none",
          trailers: false,
        } as const;
        const { status, headers, bytes } = await request(downstream, scene);
        expect({ status, bytes, length: headers["content-length"] }).toEqual({
          status: 200,
          bytes: 0,
          length: "100",
        });
      });

      test("an answer that breaks off is seen to break off", async () => {
        await using proxy = await through(upstream);
        for (const sized of ["&sized", ""]) {
          const scene = {
            port: proxy.port(),
            method: "GET",
            path: `/abort?length=50000${sized}`,
            bodyBytes: 0,
            framing: "none",
            trailers: false,
          } as const;
          const { status, broken } = await request(downstream, scene);
          expect({ status, broken }).toEqual({ status: 200, broken: true });
        }
      });

      test("a client that leaves takes its request with it", async () => {
        await using proxy = await through(upstream);
        await node.run(
          async ({ http, http2 }, { version, port }) => {
            if (version === "h2") {
              const session = http2.connect(`http://127.0.0.1:${port}`);
              session.on("error", () => {});
              session.request({ ":path": "/hang" }).on("error", () => {});
              process.once("hangs", () => session.destroy());
            } else {
              const sent = http.get({ host: "127.0.0.1", port, path: "/hang", agent: false });
              sent.on("error", () => {});
              process.once("hangs", () => sent.destroy());
            }
          },
          { version: downstream, port: proxy.port() },
        );
        expect(await node.told()).toBe("left");
        expect((await proxy.record(0)).error?.code).toBe("request.aborted");
        await proxy.quiet();
      });
    });
  }
}
