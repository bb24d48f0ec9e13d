/** Calls of @grpc/grpc-js, client and server, through the proxy: all four kinds, and everything that can end one. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { NodePeer } from "../support/node-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

/** A service whose messages are bytes; resolves with its port. */
function startServer(): Promise<number> {
  return node.run(async ({ grpc, grpcMethod, listenGrpc, tell }) => {
    const method = (name: string, requestStream: boolean, responseStream: boolean) =>
      grpcMethod(`/test.Echo/${name}`, requestStream, responseStream);
    const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
    const service = {
      Unary: method("Unary", false, false),
      Down: method("Down", false, true),
      Up: method("Up", true, false),
      Both: method("Both", true, true),
      Fail: method("Fail", false, false),
      Hang: method("Hang", false, false),
    };
    server.addService(
      service as never,
      {
        Unary: (
          call: import("@grpc/grpc-js").ServerUnaryCall<Buffer, Buffer>,
          done: (error: null, value: Buffer, trailers: object) => void,
        ) => {
          const trailers = new grpc.Metadata();
          trailers.set("x-trailer", "end");
          const sent = new grpc.Metadata();
          sent.set("x-got", String(call.metadata.get("x-sent")[0]));
          sent.set("x-via", String(call.metadata.get("x-forwarded-for")[0]));
          call.sendMetadata(sent);
          done(null, Buffer.concat([Buffer.from("echo "), call.request]), trailers);
        },
        Down: async (call: import("@grpc/grpc-js").ServerWritableStream<Buffer, Buffer>) => {
          const [count, size] = call.request.toString().split(" ").map(Number) as [number, number];
          const message = Buffer.alloc(size, "x");
          for (let i = 0; i < count; i++) {
            if (!call.write(message)) await new Promise((resolve) => call.once("drain", resolve));
            if (i % 100 === 0) tell({ written: i * size });
          }
          call.end();
        },
        Up: (
          call: import("@grpc/grpc-js").ServerReadableStream<Buffer, Buffer>,
          done: (error: null, value: Buffer) => void,
        ) => {
          let bytes = 0;
          call.on("data", (message: Buffer) => {
            bytes += message.length;
          });
          call.on("end", () => done(null, Buffer.from(String(bytes))));
        },
        Both: (call: import("@grpc/grpc-js").ServerDuplexStream<Buffer, Buffer>) => {
          call.on("data", (message: Buffer) => call.write(Buffer.concat([Buffer.from("echo "), message])));
          call.on("end", () => call.end());
        },
        Fail: (_call: object, done: (error: object) => void) =>
          done({ code: grpc.status.NOT_FOUND, details: "no such thing" }),
        Hang: (call: import("@grpc/grpc-js").ServerUnaryCall<Buffer, Buffer>) => {
          tell("began");
          process.emit("hangs" as never);
          call.on("cancelled", () => tell("cancelled"));
        },
      } as never,
    );
    return listenGrpc(server);
  }, null);
}

async function through(port: number, more = ""): Promise<TestProxy> {
  return startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, grpc: { service: test.Echo }, targets: ["127.0.0.1:${port}"], protocol: h2 ${more} }
`);
}

interface Unary {
  readonly port: number;
  readonly path: string;
  readonly deadlineMs?: number;
  /** Once the server has begun. */
  readonly cancels?: boolean;
}

/** One unary call with the message `hello`. */
function unary(request: Unary) {
  return node.run(async ({ grpc, later }, { port, path, deadlineMs, cancels }: Unary) => {
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    later(() => client.close());
    const metadata = new grpc.Metadata();
    metadata.set("x-sent", "by the client");
    const plain = (value: Buffer) => value;
    const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
    return new Promise<{ code: number; details: string; text: string; head: object; trailers: object }>(
      (resolve) => {
        let head: object = {};
        let text = "";
        const call = client.makeUnaryRequest(
          path,
          plain,
          plain,
          Buffer.from("hello"),
          metadata,
          options,
          (_, value) => {
            text = value === undefined ? "" : value.toString();
          },
        );
        call.on("metadata", (fields) => {
          head = fields.getMap();
        });
        call.on("status", ({ code, details, metadata }) => {
          setImmediate(() => resolve({ code, details, text, head, trailers: metadata.getMap() }));
        });
        if (cancels === true) process.once("hangs", () => call.cancel());
      },
    );
  }, request);
}

describe("a unary call", () => {
  test("arrives with its metadata, and its answer with head and trailers", async () => {
    await using proxy = await through(await startServer());
    const answer = await unary({ port: proxy.port(), path: "/test.Echo/Unary" });
    expect(answer).toMatchObject({ code: 0, text: "echo hello" });
    expect(answer.head).toMatchObject({ "x-got": "by the client", "x-via": "127.0.0.1" });
    expect(answer.trailers).toMatchObject({ "x-trailer": "end" });
  });

  test("that fails does so with trailers alone", async () => {
    await using proxy = await through(await startServer());
    expect(await unary({ port: proxy.port(), path: "/test.Echo/Fail" })).toMatchObject({
      code: 5,
      details: "no such thing",
    });
  });

  test("whose deadline passes ends at both sides", async () => {
    await using proxy = await through(await startServer());
    const answer = unary({ port: proxy.port(), path: "/test.Echo/Hang", deadlineMs: 1_500 });
    expect(await node.told()).toBe("began");
    expect((await answer).code).toBe(4);
    expect(await node.told()).toBe("cancelled");
  });

  test("that is cancelled ends at both sides", async () => {
    await using proxy = await through(await startServer());
    const answer = unary({ port: proxy.port(), path: "/test.Echo/Hang", cancels: true });
    expect(await node.told()).toBe("began");
    expect((await answer).code).toBe(1);
    expect(await node.told()).toBe("cancelled");
    await node.cleanUp();
    await proxy.quiet();
  });
});

describe("failures of the proxy's own are calls that failed", () => {
  const table: readonly (readonly [string, (port: number) => string, string, number, string])[] = [
    [
      "no route",
      (port) => `grpc: { service: other.Echo }, targets: ["127.0.0.1:${port}"], protocol: h2`,
      "/test.Echo/Unary",
      12,
      "route.not_found",
    ],
    [
      "no target that accepts",
      () => `grpc: { service: test.Echo }, targets: ["127.0.0.1:1"], protocol: h2`,
      "/test.Echo/Unary",
      14,
      "upstream.refused",
    ],
    [
      "no answer in time",
      (port) =>
        `grpc: { service: test.Echo }, targets: ["127.0.0.1:${port}"], protocol: h2, timeouts: { response: 200ms }`,
      "/test.Echo/Hang",
      4,
      "upstream.response_timeout",
    ],
    [
      "a body too large",
      (port) =>
        `grpc: { service: test.Echo }, targets: ["127.0.0.1:${port}"], protocol: h2, limits: { body: 1B }`,
      "/test.Echo/Unary",
      8,
      "limit.body_bytes",
    ],
  ];
  for (const [name, route, path, code, details] of table) {
    test(`${name}: ${details} is status ${code}`, async () => {
      const port = await startServer();
      await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, ${route(port)} }]
`);
      const answer = await unary({ port: proxy.port(), path });
      expect(answer.code).toBe(code);
      expect(answer.details).toContain(details);
    });
  }
});

describe("streams", () => {
  test("to the client: 2,000 messages of 10,000 bytes, held up by a reader that stops", async () => {
    await using proxy = await through(await startServer());
    const received = await node.run(async ({ grpc, later }, port) => {
      const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
      later(() => client.close());
      const plain = (value: Buffer) => value;
      const call = client.makeServerStreamRequest("/test.Echo/Down", plain, plain, Buffer.from("2000 10000"));
      let bytes = 0;
      call.on("data", (message: Buffer) => {
        if (bytes === 0) {
          call.pause();
          setTimeout(() => call.resume(), 300);
        }
        bytes += message.length;
      });
      return new Promise<string>((resolve) =>
        call.on("status", ({ code }) => setImmediate(() => resolve(`${code} ${bytes}`))),
      );
    }, proxy.port());
    expect(received).toBe("0 20000000");
  });

  test("to the server: 50 MB in messages of 100,000 bytes", async () => {
    await using proxy = await through(await startServer(), ", limits: { body: 1GiB }");
    const received = await node.run(async ({ grpc, later }, port) => {
      const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
      later(() => client.close());
      const plain = (value: Buffer) => value;
      return new Promise<string>((resolve) => {
        const call = client.makeClientStreamRequest("/test.Echo/Up", plain, plain, (error, value) =>
          resolve(error === null ? value!.toString() : error.message),
        );
        const message = Buffer.alloc(100_000, "x");
        let left = 500;
        const send = (): void => {
          while (left > 0) {
            left--;
            if (!call.write(message)) return void call.once("drain", send);
          }
          call.end();
        };
        send();
      });
    }, proxy.port());
    expect(received).toBe("50000000");
  });

  test("both ways: each message is answered before the next is sent", async () => {
    await using proxy = await through(await startServer());
    const seen = await node.run(async ({ grpc, later }, port) => {
      const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
      later(() => client.close());
      const plain = (value: Buffer) => value;
      const call = client.makeBidiStreamRequest("/test.Echo/Both", plain, plain);
      const seen: string[] = [];
      return new Promise<string[]>((resolve) => {
        call.on("data", (message: Buffer) => {
          seen.push(message.toString());
          if (seen.length === 50) call.end();
          else call.write(Buffer.from(String(seen.length)));
        });
        call.on("status", ({ code }) => {
          seen.push(String(code));
          setImmediate(() => resolve(seen));
        });
        call.write(Buffer.from("0"));
      });
    }, proxy.port());
    expect(seen).toEqual([...Array.from({ length: 50 }, (_, i) => `echo ${i}`), "0"]);
  });

  test("a hundred calls at once share one connection to the server", async () => {
    await using proxy = await through(await startServer());
    const codes = await node.run(async ({ grpc, later }, port) => {
      const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
      later(() => client.close());
      const plain = (value: Buffer) => value;
      const one = () =>
        new Promise<string>((resolve) =>
          client.makeUnaryRequest("/test.Echo/Unary", plain, plain, Buffer.from("x"), (error, value) =>
            resolve(error === null ? value!.toString() : error.message),
          ),
        );
      return Promise.all(Array.from({ length: 100 }, one));
    }, proxy.port());
    expect(new Set(codes)).toEqual(new Set(["echo x"]));
    expect(proxy.running.census().targets[0]!.connections).toBeLessThanOrEqual(2);
  });
});
