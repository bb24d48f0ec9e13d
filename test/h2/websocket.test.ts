/** WebSockets over HTTP/2 (RFC 8441) to a server that knows them over HTTP/1.1: messages both ways, ends, refusals. */
import { afterAll, afterEach, expect, test } from "bun:test";
import { NodePeer } from "../support/node-peer.ts";
import { proxyTo, startTestProxy } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

/** Sends back every message; `/refuse` gets a 403. */
function startEcho(): Promise<number> {
  return node.run(({ http, WebSocketServer, listen, later, tell }) => {
    const server = http.createServer((_, response) => response.end("no WebSocket"));
    const sockets = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket, head) => {
      if (request.url === "/refuse") {
        socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      tell([
        request.method,
        request.headers["sec-websocket-key"] !== undefined,
        request.headers["x-forwarded-for"],
      ]);
      sockets.handleUpgrade(request, socket, head, (ws) => {
        ws.on("message", (data) => ws.send(data));
        ws.on("close", (code) => tell(`closed ${code}`));
      });
    });
    later(() => sockets.close());
    return listen(server);
  }, null);
}

interface Talk {
  readonly port: number;
  readonly path: string;
  /** Lengths of the messages to send, each when the one before has come back. */
  readonly messages: readonly number[];
}

/** Gives the status, and the lengths of what came back. */
function talk(scene: Talk): Promise<{ status: number; received: number[]; fields: string[]; reset: number }> {
  return node.run(async ({ http2, once, later }, { port, path, messages }: Talk) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    later(() => session.destroy());
    if (session.remoteSettings.enableConnectProtocol !== true) await once(session, "remoteSettings");
    const stream = session.request({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": "http",
      ":path": path,
      ":authority": "chat.example",
      "sec-websocket-version": "13",
    });
    const ended = new Promise<void>((resolve) => {
      stream.on("close", resolve);
      stream.on("error", () => {});
    });
    const answer = (await Promise.race([
      once(stream, "response").then(([fields]) => fields),
      ended.then(() => ({ ":status": 0 })),
    ])) as Record<string, string>;
    const received: number[] = [];
    let bytes = Buffer.alloc(0);
    const frame = (opcode: number, payload: Buffer): Buffer => {
      const head =
        payload.length < 126
          ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
          : Buffer.concat([
              Buffer.from([0x80 | opcode, 0x80 | 127, 0, 0, 0, 0]),
              Buffer.from([
                payload.length >>> 24,
                payload.length >>> 16,
                payload.length >>> 8,
                payload.length,
              ]),
            ]);
      return Buffer.concat([head, Buffer.alloc(4), payload]);
    };
    const next = (): void => {
      const length = messages[received.length];
      if (length === undefined) stream.write(frame(8, Buffer.from([0x03, 0xe8])));
      else stream.write(frame(2, Buffer.alloc(length, "x")));
    };
    stream.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (;;) {
        const short = (bytes[1] ?? 0) & 127;
        const headBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
        if (bytes.length < headBytes) return;
        const length = short === 127 ? bytes.readUInt32BE(6) : short === 126 ? bytes.readUInt16BE(2) : short;
        if (bytes.length < headBytes + length) return;
        const opcode = bytes[0]! & 15;
        bytes = bytes.subarray(headBytes + length);
        if (opcode === 8) return void stream.end();
        received.push(length);
        next();
      }
    });
    if (Number(answer[":status"]) === 200) next();
    else stream.close();
    await ended;
    return {
      status: Number(answer[":status"]),
      received,
      fields: Object.keys(answer).filter((name) => /websocket|upgrade|connection/.test(name)),
      reset: stream.rstCode,
    };
  }, scene);
}

test("messages go both ways, also larger than any window, and the close reaches the server", async () => {
  await using proxy = await proxyTo(`127.0.0.1:${await startEcho()}`);
  const messages = [2, 200, 70_000, 1_000_000, 5];
  const { status, received, fields } = await talk({ port: proxy.port(), path: "/chat", messages });
  expect({ status, received, fields }).toEqual({ status: 200, received: messages, fields: [] });
  expect(await node.told()).toEqual(["GET", true, "127.0.0.1"]);
  expect(await node.told()).toBe("closed 1000");
  expect((await proxy.record(0)).status).toBe(101);
  await node.cleanUp();
  await proxy.quiet();
});

test("a server that refuses says so with its own status", async () => {
  await using proxy = await proxyTo(`127.0.0.1:${await startEcho()}`);
  expect((await talk({ port: proxy.port(), path: "/refuse", messages: [] })).status).toBe(403);
});

test("an answer that is no tunnel is not taken for one", async () => {
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, respond: { status: 200, body: "hello" } }]
`);
  expect(await talk({ port: proxy.port(), path: "/", messages: [] })).toMatchObject({ status: 0, reset: 10 });
});
