/**
 * gRPC-Web through the filter to a server of @grpc/grpc-js: bytes written to the specification over either version and in
 * both forms, the client of Connect, what goes wrong, and what browsers ask before they call.
 */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { NodePeer, type NodeTools } from "../support/node-peer.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { callWithConnect } from "./connect-client.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

/** Messages are bytes. `Same` gives back what came, `Many` as often as `x-count` says; the others end badly. */
function startServer(): Promise<number> {
  return node.run(async ({ grpc, grpcMethod, listenGrpc, tell }) => {
    const method = (name: string, responseStream: boolean) =>
      grpcMethod(`/shop.Cart/${name}`, false, responseStream);
    type Unary = import("@grpc/grpc-js").ServerUnaryCall<Buffer, Buffer>;
    type Stream = import("@grpc/grpc-js").ServerWritableStream<Buffer, Buffer>;
    const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
    server.addService(
      {
        Same: method("Same", false),
        Many: method("Many", true),
        Fail: method("Fail", false),
        Late: method("Late", true),
        Hang: method("Hang", true),
      } as never,
      {
        Same: (call: Unary, done: (error: null, value: Buffer, trailers: object) => void) => {
          const trailers = new grpc.Metadata();
          trailers.set("X-Trailer", "end");
          const sent = new grpc.Metadata();
          sent.set("x-got", String(call.metadata.get("x-sent")[0]));
          call.sendMetadata(sent);
          done(null, call.request, trailers);
        },
        Many: async (call: Stream) => {
          for (let left = Number(call.metadata.get("x-count")[0]); left > 0; left--) {
            if (!call.write(call.request)) await new Promise((resolve) => call.once("drain", resolve));
          }
          call.end();
        },
        Fail: (_: object, done: (error: object) => void) =>
          done({ code: grpc.status.NOT_FOUND, details: "no such thing" }),
        Late: (call: Stream) => {
          call.write(call.request);
          call.emit("error", { code: grpc.status.ABORTED, details: "after one" });
        },
        Hang: (call: Stream) => {
          call.write(call.request);
          call.on("cancelled", () => tell("cancelled"));
        },
      } as never,
    );
    return listenGrpc(server);
  }, null);
}

function through(port: number, filter = "grpc_web"): Promise<TestProxy> {
  return startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, grpc: { service: shop.Cart }, targets: ["127.0.0.1:${port}"], protocol: h2, filters: [${filter}] }
`);
}

interface Scene {
  readonly port: number;
  readonly version: "http1" | "h2";
  readonly isText: boolean;
  readonly method: string;
  readonly bytes: number;
  readonly fields?: Record<string, string>;
  /** Leaves once the first message has come. */
  readonly leaves?: boolean;
}

interface Told {
  readonly status: number;
  readonly type: string;
  readonly fields: Record<string, string>;
  /** Bytes of each message, when it is as it was sent. */
  readonly messages: number[];
  readonly trailers: Record<string, string>;
}

/** One call, written and read as PROTOCOL-WEB says it; text in pieces of odd lengths, each padded for itself. */
function call(scene: Scene): Promise<Told> {
  return node.run(async (tools: NodeTools, scene: Scene) => {
    const { http, http2, once, later, bytes } = tools;
    const { port, version, isText, method, leaves } = scene;
    const message = bytes(scene.bytes, 4);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    const framed = Buffer.concat([prefix, message]);
    const pieces: Buffer[] = [];
    for (let at = 0, step = 1; at < framed.length; at += step, step = Math.min(40_000, step * 3 + 1)) {
      const piece = framed.subarray(at, at + step);
      pieces.push(isText ? Buffer.from(piece.toString("base64")) : piece);
    }
    const type = `application/grpc-web${isText ? "-text" : ""}+proto`;
    const fields = { "content-type": type, "x-grpc-web": "1", "x-sent": "by the client", ...scene.fields };
    let status: number;
    let answered: Record<string, string>;
    let body: import("node:stream").Readable;
    let leave: () => void;
    if (version === "http1") {
      const path = `/shop.Cart/${method}`;
      const request = http.request({
        host: "127.0.0.1",
        port,
        path,
        method: "POST",
        headers: fields,
        agent: false,
      });
      request.on("error", () => {});
      const response = once(request, "response");
      for (const piece of pieces) request.write(piece);
      request.end();
      const [answer] = (await response) as [import("node:http").IncomingMessage];
      [status, answered, body] = [answer.statusCode!, answer.headers as Record<string, string>, answer];
      leave = () => request.destroy();
    } else {
      const session = http2.connect(`http://127.0.0.1:${port}`);
      later(() => session.destroy());
      const stream = session.request({ ":method": "POST", ":path": `/shop.Cart/${method}`, ...fields });
      stream.on("error", () => {});
      const response = once(stream, "response");
      for (const piece of pieces) stream.write(piece);
      stream.end();
      [answered] = (await response) as [Record<string, string>];
      [status, body] = [Number(answered[":status"]), stream];
      leave = () => stream.close(8);
    }
    const messages: number[] = [];
    const trailers: Record<string, string> = {};
    let text = "";
    let rest = Buffer.alloc(0);
    const read = (): void => {
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        const end = 5 + rest.readUInt32BE(1);
        const payload = rest.subarray(5, end);
        if (rest[0] === 0) messages.push(payload.equals(message) ? payload.length : -1);
        else if (rest[0] === 0x80) {
          for (const line of payload.toString("latin1").split("\r\n").slice(0, -1)) {
            const [name, value] = line.split(": ") as [string, string];
            trailers[name] = value;
          }
        } else messages.push(-2);
        rest = rest.subarray(end);
      }
    };
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (isText && String(answered["content-type"]).includes("-text")) {
        text += chunk.toString("latin1");
        const whole = text.length - (text.length % 4);
        const groups = text.slice(0, whole).match(/.{4}/g) ?? [];
        text = text.slice(whole);
        rest = Buffer.concat([rest, ...groups.map((group) => Buffer.from(group, "base64"))]);
      } else rest = Buffer.concat([rest, chunk]);
      read();
      if (leaves === true && messages.length > 0) {
        leave();
        break;
      }
    }
    return { status, type: String(answered["content-type"]), fields: { ...answered }, messages, trailers };
  }, scene);
}

for (const version of ["http1", "h2"] as const) {
  for (const isText of [false, true]) {
    const type = `application/grpc-web${isText ? "-text" : ""}+proto`;
    const scene = { version, isText, bytes: 1_000 };
    describe(`${version}, ${isText ? "text" : "binary"}`, () => {
      test("a call with one answer: message, metadata, trailers", async () => {
        await using proxy = await through(await startServer());
        for (const bytes of [0, 1, 2, 3, 1_000, 300_000]) {
          const told = await call({ ...scene, bytes, port: proxy.port(), method: "Same" });
          expect(told).toMatchObject({ status: 200, type, messages: [bytes] });
          expect(told.trailers).toEqual({ "grpc-status": "0", "grpc-message": "OK", "x-trailer": "end" });
          expect(told.fields["x-got"]).toBe("by the client");
        }
        await node.cleanUp();
        await proxy.quiet();
      });

      test("a call with many answers", async () => {
        await using proxy = await through(await startServer());
        const fields = { "x-count": "400" };
        const told = await call({ ...scene, bytes: 10_001, port: proxy.port(), method: "Many", fields });
        expect(told.messages).toEqual(Array.from({ length: 400 }, () => 10_001));
        expect(told.trailers["grpc-status"]).toBe("0");
      });

      test("a message is not held back until the next, and the server learns that its client has left", async () => {
        await using proxy = await through(await startServer());
        const told = await call({ ...scene, bytes: 10, port: proxy.port(), method: "Hang", leaves: true });
        expect(told.messages).toEqual([10]);
        expect(await node.told()).toBe("cancelled");
      });

      test("a failure without a message has its status in the head", async () => {
        await using proxy = await through(await startServer());
        const told = await call({ ...scene, port: proxy.port(), method: "Fail" });
        expect(told).toMatchObject({ status: 200, messages: [], trailers: {} });
        expect(told.type).toBe(type);
        expect(told.fields).toMatchObject({ "grpc-status": "5", "grpc-message": "no%20such%20thing" });
      });

      test("a failure after a message has it in the last frame", async () => {
        await using proxy = await through(await startServer());
        const told = await call({ ...scene, port: proxy.port(), method: "Late" });
        expect(told).toMatchObject({ status: 200, type, messages: [1_000] });
        expect(told.trailers).toMatchObject({ "grpc-status": "10", "grpc-message": "after%20one" });
      });

      test("the proxy's own failures are answers of gRPC-Web, too", async () => {
        await using proxy = await through(1);
        const told = await call({ ...scene, port: proxy.port(), method: "Same" });
        expect(told).toMatchObject({ status: 200, messages: [] });
        expect(told.type).toStartWith(`application/grpc-web${isText ? "-text" : ""}`);
        expect(told.fields["grpc-status"]).toBe("14");
        expect(told.fields["grpc-message"]).toStartWith("upstream.");
      });
    });
  }
}

test("the copy for a mirror is the call of gRPC that the request has become", async () => {
  await using shadow = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { shadow: { targets: ["${shadow.target}"] } }
routes:
  - { listen: web, path: /, targets: ["127.0.0.1:${await startServer()}"], protocol: h2, filters: [grpc_web], mirror: { upstream: shadow } }
`);
  await call({ port: proxy.port(), version: "http1", isText: true, method: "Same", bytes: 1 });
  const sent = await (await shadow.accept()).until(/\r\n0\r\n\r\n$/);
  expect(sent).toMatch(/\r\ncontent-type: application\/grpc\+proto\r\n/i);
});

test("Connect's client for browsers: one answer, many, and a failure", async () => {
  await using proxy = await through(await startServer());
  expect(await callWithConnect(`http://127.0.0.1:${proxy.port()}`)).toEqual({
    one: "hello",
    header: "from connect",
    trailer: "end",
    many: ["again", "again", "again"],
    failure: "not_found no such thing",
  });
});

describe("a body that is no base64", () => {
  for (const [name, body] of [
    ["a letter that is none", "AAAA!AAA"],
    ["a group that is not complete", "AAAAA"],
  ] as const) {
    test(name, async () => {
      await using proxy = await through(await startServer());
      using client = await RawPeer.connect(proxy.port());
      client.send(
        "POST /shop.Cart/Same HTTP/1.1\r\nHost: h\r\nContent-Type: application/grpc-web-text\r\n" +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
      );
      expect(await client.until(/grpc-message: .*\r\n/)).toContain("grpc-status: 13\r\n");
      expect((await proxy.record(0)).error).toMatchObject({ code: "request.malformed", rule: "base64" });
    });
  }
});

test("an answer that is none of gRPC passes as it is", async () => {
  const port = await node.run(({ http2, listen }) => {
    const server = http2.createServer((_, response) => {
      response.writeHead(404, { "content-type": "text/plain" });
      response.end("who?");
    });
    return listen(server as never);
  }, null);
  await using proxy = await through(port, "{ grpc_web: { origins: '*' } }");
  const response = await fetch(`http://127.0.0.1:${proxy.port()}/shop.Cart/Same`, {
    method: "POST",
    headers: { "content-type": "application/grpc-web-text", origin: "https://app.example" },
    body: "AAAAAAA=",
  });
  expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
    404,
    "text/plain",
    "who?",
  ]);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
});

test("calls of gRPC go the same way untouched", async () => {
  await using proxy = await through(await startServer());
  const told = await node.run(async ({ grpc, later }, port) => {
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    later(() => client.close());
    const plain = (value: Buffer) => value;
    return new Promise<string>((resolve, reject) =>
      client.makeUnaryRequest("/shop.Cart/Same", plain, plain, Buffer.from("plain"), (error, value) =>
        error === null ? resolve(String(value)) : reject(error),
      ),
    );
  }, proxy.port());
  expect(told).toBe("plain");
});

describe("pages of other origins", () => {
  const APP = "https://app.example";
  const ask = (proxy: TestProxy, origin: string, fields = "content-type,x-grpc-web,x-user-agent") =>
    fetch(`http://127.0.0.1:${proxy.port()}/shop.Cart/Same`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": fields,
      },
    });
  const answerFields = (response: Response): Record<string, string> =>
    Object.fromEntries([...response.headers].filter(([name]) => /^(access-control-|vary)/.test(name)));

  test("a preflight of an origin that is named is answered here", async () => {
    await using proxy = await through(1, `{ grpc_web: { origins: ["${APP}"], credentials: on } }`);
    const response = await ask(proxy, APP);
    expect(response.status).toBe(204);
    expect(answerFields(response)).toEqual({
      "access-control-allow-origin": APP,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type,x-grpc-web,x-user-agent",
      "access-control-max-age": "7200",
      vary: "Origin",
    });
  });

  test("other origins, other requests, and routes without origins are not", async () => {
    await using proxy = await through(1, `{ grpc_web: { origins: ["${APP}"] } }`);
    for (const response of [await ask(proxy, "https://evil.example"), await ask(proxy, APP, "x-other")]) {
      expect(response.status).toBe(404);
      expect(answerFields(response)).toEqual({});
    }
    await using silent = await through(1);
    expect((await ask(silent, APP)).status).toBe(404);
  });

  test("answers say who may read them, and which fields; what the target says of it does not count", async () => {
    await using proxy = await through(await startServer(), `{ grpc_web: { origins: ["${APP}"] } }`);
    const scene = { port: proxy.port(), version: "http1", isText: false, method: "Same", bytes: 5 } as const;
    const { fields } = await call({ ...scene, fields: { origin: APP } });
    expect(fields["access-control-allow-origin"]).toBe(APP);
    expect(fields["vary"]).toBe("Origin");
    expect(fields["access-control-expose-headers"]!.split(", ")).toEqual(
      expect.arrayContaining(["grpc-status", "grpc-message", "x-got"]),
    );
    const other = await call({ ...scene, fields: { origin: "https://evil.example" } });
    expect(other.fields["access-control-allow-origin"]).toBeUndefined();
    expect(other.messages).toEqual([5]);
  });
});
