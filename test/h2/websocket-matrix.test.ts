/**
 * WebSockets of either version towards the client with either version towards the target, `ws` at both ends: messages
 * of every size, subprotocols, every way in which a conversation ends, and readers that stop.
 */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { ClientHttp2Stream, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { eventually } from "../support/eventually.ts";
import { NodePeer, type NodeTools } from "../support/node-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

type Version = "http1" | "h2";
const VERSIONS: readonly Version[] = ["http1", "h2"];

/** What `ws` keeps to itself: a stream of HTTP/2 takes the place of its socket once the handshake is over. */
interface Inner {
  _isServer: boolean;
  _socket: Duplex;
  setSocket(socket: Duplex, head: Buffer, options: object): void;
}

/** Sends back what comes, does what a message that begins with `!` says, and tells how each conversation ended. */
function startServer(version: Version): Promise<number> {
  return node.run(
    async ({ http, http2, WebSocket, WebSocketServer, listen, later, tell, bytes }, version) => {
      const paused: WebSocket[] = [];
      let pouring: Promise<number> | null = null;
      const reset = (under: Duplex): void => {
        if ("resetAndDestroy" in under) (under as Socket).resetAndDestroy();
        else (under as unknown as ServerHttp2Stream).close(2);
      };
      const still = async (socket: WebSocket): Promise<number> => {
        for (let before = -1; before !== socket.bufferedAmount; ) {
          before = socket.bufferedAmount;
          await new Promise((resolve) => setTimeout(resolve, 300));
        }
        return socket.bufferedAmount;
      };
      const serve = (socket: WebSocket): void => {
        let count = 0;
        socket.on("message", (data, isBinary) => {
          const [order, pieces] = isBinary ? [""] : data.toString().split(" ");
          if (order === "!close") socket.close(4001, "enough");
          else if (order === "!reset") reset((socket as unknown as Inner)._socket);
          else if (order === "!count") tell({ count });
          else if (order === "!pause") {
            socket.pause();
            paused.push(socket);
          } else if (order === "!pour") {
            const piece = bytes(64 * 1024, 3);
            for (let left = Number(pieces); left > 0; left--) socket.send(piece);
            pouring = still(socket);
          } else if (paused.length > 0) count++;
          else socket.send(data, { binary: isBinary });
        });
        socket.on("close", (code, reason) => tell({ code, reason: reason.toString() }));
        socket.on("error", () => {});
      };
      /** Answers once nothing is poured any more, with what has not left. */
      const onRequest = async (): Promise<string> => {
        for (const socket of paused) socket.resume();
        return String(await pouring);
      };
      if (version === "http1") {
        const server = http.createServer(async (_, response) => response.end(await onRequest()));
        const sockets = new WebSocketServer({ server, handleProtocols: () => "chat" });
        sockets.on("connection", serve);
        return listen(server);
      }
      const server = http2.createServer({
        settings: { enableConnectProtocol: true },
        maxSessionMemory: 1_000,
      });
      const onStream = (
        stream: ServerHttp2Stream,
        headers: import("node:http2").IncomingHttpHeaders,
      ): void => {
        if (headers[":method"] !== "CONNECT" || headers[":protocol"] !== "websocket") {
          stream.respond({ ":status": 200 });
          return void onRequest().then((text) => stream.end(text));
        }
        const keyed = headers["sec-websocket-key"] !== undefined;
        stream.respond({ ":status": 200, "sec-websocket-protocol": keyed ? "keyed" : "chat" });
        const socket = new (WebSocket as unknown as new (...options: unknown[]) => WebSocket)(
          null,
          undefined,
          { closeTimeout: 30_000 },
        );
        (socket as unknown as Inner).setSocket(stream, Buffer.alloc(0), { maxPayload: 64 << 20 });
        serve(socket);
      };
      server.on("stream", onStream as never);
      const sessions = new Set<ServerHttp2Session>();
      server.on("session", (session) => sessions.add(session));
      later(() => {
        for (const session of sessions) session.destroy();
      });
      return listen(server as never);
    },
    version,
  );
}

interface Scene {
  readonly port: number;
  readonly version: Version;
  /** Bytes of the messages, each sent when the one before has come back. */
  readonly messages: readonly number[];
  /** Done or said then. */
  readonly then: string;
}

interface Told {
  readonly protocol: string;
  readonly same: boolean;
  readonly code: number;
  readonly reason: string;
  /** Of a reader that stopped: what had not left its sender then, and what came in all. */
  readonly waiting: number;
  readonly received: number;
}

/** Opens a WebSocket, talks, and tells how it ended. */
function talk(scene: Scene): Promise<Told> {
  return node.run(async (tools: NodeTools, { port, version, messages, then }: Scene) => {
    const { WebSocket, http, http2, once, later, bytes } = tools;
    let under: ClientHttp2Stream | null = null;
    let socket: WebSocket;
    let { protocol } = { protocol: "" };
    if (version === "http1") {
      socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, ["chat"]);
      await once(socket, "open");
      protocol = socket.protocol;
    } else {
      const session = http2.connect(`http://127.0.0.1:${port}`);
      later(() => session.destroy());
      if (session.remoteSettings.enableConnectProtocol !== true) await once(session, "remoteSettings");
      under = session.request({
        ":method": "CONNECT",
        ":protocol": "websocket",
        ":scheme": "http",
        ":path": "/chat",
        ":authority": "chat.example",
        "sec-websocket-version": "13",
        "sec-websocket-protocol": "chat",
      });
      under.on("error", () => {});
      const [fields] = (await once(under, "response")) as [Record<string, string>];
      if (Number(fields[":status"]) !== 200) throw new Error(`status ${fields[":status"]}`);
      protocol = fields["sec-websocket-protocol"]!;
      socket = new (WebSocket as unknown as new (...options: unknown[]) => WebSocket)(null, undefined, {
        closeTimeout: 30_000,
      });
      const inner = socket as unknown as Inner;
      inner._isServer = false;
      inner.setSocket(under, Buffer.alloc(0), { maxPayload: 64 << 20 });
    }
    socket.on("error", () => {});
    const resume = async (): Promise<string> => {
      const [answer] = await once(http.get({ port, host: "127.0.0.1", path: "/resume" }), "response");
      return (await answer.toArray()).join("");
    };
    const ended = once(socket, "close");
    let same = true;
    for (const [index, length] of messages.entries()) {
      const sent = bytes(length, index + 1);
      socket.send(sent);
      const [back] = (await once(socket, "message")) as [Buffer];
      same &&= back.equals(sent);
    }
    let waiting = 0;
    let received = 0;
    const pieceBytes = 64 * 1024;
    if (then === "close") socket.close(4002, "done");
    else if (then === "reset" && under !== null) under.close(8);
    else if (then === "reset") ((socket as unknown as Inner)._socket as Socket).resetAndDestroy();
    else if (then.startsWith("!pour")) {
      const poured = once(socket, "message");
      socket.send(then);
      await poured;
      socket.pause();
      waiting = Number(await resume());
      socket.on("message", (data: Buffer) => {
        received += data.length;
        if (received === (Number(then.split(" ")[1]) - 1) * pieceBytes) socket.close(4002, "done");
      });
      socket.resume();
    } else if (then.startsWith("!flood")) {
      socket.send("!pause");
      const piece = bytes(pieceBytes, 3);
      for (let left = Number(then.split(" ")[1]); left > 0; left--) socket.send(piece);
      socket.send("!count");
      for (let before = -1; before !== socket.bufferedAmount; ) {
        before = socket.bufferedAmount;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      waiting = socket.bufferedAmount;
      await resume();
      socket.close(4002, "done");
    } else socket.send(then);
    const [code, reason] = (await ended) as [number, Buffer];
    return { protocol, same, code, reason: reason.toString(), waiting, received };
  }, scene);
}

function proxyTo(version: Version, port: number): Promise<TestProxy> {
  return startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["127.0.0.1:${port}"], protocol: ${version} }]
`);
}

for (const client of VERSIONS) {
  for (const target of VERSIONS) {
    describe(`${client} client, ${target} target`, () => {
      const through = async (messages: readonly number[], then: string): Promise<Told> => {
        await using proxy = await proxyTo(target, await startServer(target));
        const told = await talk({ port: proxy.port(), version: client, messages, then });
        const isUpgrade = () => proxy.records.some(({ status }) => status === 101);
        await eventually(isUpgrade, "the record of the tunnel");
        return told;
      };

      test("messages come back, also larger than any window; the client closes", async () => {
        const messages = [0, 2, 125, 126, 70_000, 1_000_000, 4 << 20, 5];
        const told = await through(messages, "close");
        expect(told).toMatchObject({ protocol: "chat", same: true, code: 4002, reason: "done" });
        expect(await node.told()).toEqual({ code: 4002, reason: "done" });
      });

      test("the server closes, and the client learns why", async () => {
        const told = await through([10], "!close");
        expect(told).toMatchObject({ protocol: "chat", same: true, code: 4001, reason: "enough" });
        expect(await node.told()).toEqual({ code: 4001, reason: "enough" });
      });

      test("a reset by the client reaches the server", async () => {
        await through([10], "reset");
        expect(await node.told()).toMatchObject({ code: 1006 });
      });

      test("a reset by the server reaches the client", async () => {
        expect(await through([10], "!reset")).toMatchObject({ code: 1006 });
      });

      test("a client that stops reading stops the server, and gets all of it later", async () => {
        const { received, waiting } = await through([10], `!pour ${PIECES}`);
        expect(received).toBe((PIECES - 1) * PIECE_BYTES);
        expect(PIECES * PIECE_BYTES - waiting).toBeLessThan(UNDER_WAY_BYTES);
      });

      test("a server that stops reading stops the client, and gets all of it later", async () => {
        const { waiting } = await through([10], `!flood ${PIECES}`);
        expect(PIECES * PIECE_BYTES - waiting).toBeLessThan(UNDER_WAY_BYTES);
        expect(await node.told()).toEqual({ count: PIECES });
      });
    });
  }
}

const PIECES = 768;
const PIECE_BYTES = 64 * 1024;
/** What kernels, Node and the proxy hold for a reader that does not read. */
const UNDER_WAY_BYTES = 24 << 20;
