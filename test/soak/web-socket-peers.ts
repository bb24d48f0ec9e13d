/**
 * Both ends of the WebSockets of a soak, `ws` in processes of real Node: each message says how long it is and what it must hold, and
 * each is answered with another one, so that both ends check every byte.
 */
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  ServerHttp2Session,
  ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { NodeTools } from "../support/node-peer.ts";

export type Version = "http1" | "h2";

/** What `ws` keeps to itself: a stream of HTTP/2 takes the place of its socket once the handshake is over. */
interface Inner {
  _isServer: boolean;
  _socket: Duplex;
  setSocket(socket: Duplex, head: Buffer, options: object): void;
}

/** Answers each message with one of another length; gives its port. What it finds wrong it tells. */
export function serveWebSockets(
  { http, http2, WebSocket, WebSocketServer, listen, later, tell, bytes }: NodeTools,
  version: Version,
): Promise<number> {
  const serve = (socket: WebSocket): void => {
    socket.on("error", () => {});
    socket.on("message", (data: Buffer) => {
      const [seed, answerBytes] = [data.readUInt32BE(0), data.readUInt32BE(4)];
      if (!data.subarray(8).equals(bytes(data.length - 8, seed)))
        tell(`a message of ${data.length} bytes came wrong`);
      socket.send(bytes(answerBytes, seed + 1));
    });
  };
  if (version === "http1") {
    const server = http.createServer();
    new WebSocketServer({ server }).on("connection", serve);
    return listen(server);
  }
  const server = http2.createServer({ settings: { enableConnectProtocol: true }, maxSessionMemory: 1_000 });
  const onStream = (stream: ServerHttp2Stream): void => {
    stream.respond({ ":status": 200 });
    const Opened = WebSocket as unknown as new (...options: unknown[]) => WebSocket;
    const socket = new Opened(null, undefined, { closeTimeout: 30_000 });
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
}

export interface TalkOptions {
  readonly port: number;
  readonly version: Version;
  /** Of HTTP/2, shared by all its WebSockets; HTTP/1.1 has one for each. */
  readonly connections: number;
  readonly webSockets: number;
  readonly seconds: number;
  readonly seed: number;
}

export interface Talked {
  readonly faults: readonly string[];
  readonly conversations: number;
  readonly messages: number;
  readonly megabytes: number;
  readonly aborted: number;
  readonly pauses: number;
}

/** Keeps so many WebSockets busy for so long, to targets of both versions, and ends with none open. */
export async function talk(
  { http2, WebSocket, once, bytes }: NodeTools,
  { port, version, connections, webSockets, seconds, seed }: TalkOptions,
): Promise<Talked> {
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
  /** Mostly small, some larger than any window. */
  const someLength = (): number =>
    below([50, 500, 20_000, 100_000, below(20) === 0 ? 2_000_000 : 200_000][below(5)]!);
  const faults: string[] = [];
  const counts = { conversations: 0, messages: 0, bytes: 0, aborted: 0, pauses: 0 };
  const endMs = Date.now() + seconds * 1_000;
  const sessions: ClientHttp2Session[] = [];
  for (let left = version === "h2" ? connections : 0; left > 0; left--) {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.setMaxListeners(0);
    session.on("error", (error) => faults.push(`a connection: ${error.message}`));
    if (session.remoteSettings.enableConnectProtocol !== true) await once(session, "remoteSettings");
    sessions.push(session);
  }
  await Promise.all(Array.from({ length: webSockets }, (_, i) => talkOn(i)));
  await Promise.all(sessions.map(closed));
  const { conversations, messages, aborted, pauses } = counts;
  return { faults, conversations, messages, aborted, pauses, megabytes: Math.round(counts.bytes / 1e6) };

  function closed(session: ClientHttp2Session): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        faults.push("a connection has streams left");
        session.destroy();
      }, 10_000);
      session.on("close", () => {
        clearTimeout(timer);
        resolve();
      });
      session.close();
    });
  }

  async function talkOn(i: number): Promise<void> {
    while (Date.now() < endMs && faults.length < 20) {
      const path = i % 2 === 0 ? "/http1" : "/h2";
      try {
        await converse(
          version === "h2" ? await openOn(sessions[i % connections]!, path) : await open(path),
          path,
        );
      } catch (error) {
        faults.push(`${version} to ${path}: ${error}`);
      }
    }
  }

  async function open(path: string): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false });
    await once(socket, "open");
    return socket;
  }

  async function openOn(session: ClientHttp2Session, path: string): Promise<WebSocket> {
    const stream = session.request({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": "http",
      ":path": path,
      ":authority": "chat.example",
      "sec-websocket-version": "13",
    });
    stream.on("error", () => {});
    const [fields] = (await once(stream, "response")) as [Record<string, string>];
    if (Number(fields[":status"]) !== 200) throw new Error(`status ${fields[":status"]}`);
    const Opened = WebSocket as unknown as new (...options: unknown[]) => WebSocket;
    const socket = new Opened(null, undefined, { closeTimeout: 30_000 });
    (socket as unknown as Inner)._isServer = false;
    (socket as unknown as Inner).setSocket(stream, Buffer.alloc(0), { maxPayload: 64 << 20 });
    return socket;
  }

  function abort(socket: WebSocket): void {
    const under = (socket as unknown as Inner)._socket;
    counts.aborted++;
    if (version === "h2") (under as ClientHttp2Stream).close(8);
    else (under as Socket).resetAndDestroy();
  }

  /** Several messages at a time; now and then it stops reading, or gives up in the middle. */
  async function converse(socket: WebSocket, path: string): Promise<void> {
    const expected: { readonly length: number; readonly seed: number }[] = [];
    let isOpen = true;
    let wake = (): void => {};
    socket.on("error", () => {});
    socket.on("close", () => {
      isOpen = false;
      wake();
    });
    socket.on("message", (data: Buffer) => {
      const { length, seed } = expected.shift() ?? { length: -1, seed: 0 };
      const isRight = data.length === length && data.equals(bytes(length, seed));
      if (!isRight)
        faults.push(`${version} to ${path}: an answer of ${data.length} bytes is wrong, not ${length}`);
      counts.messages++;
      counts.bytes += data.length;
      wake();
    });
    const moved = (): Promise<void> =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          const { bufferedAmount } = socket;
          faults.push(
            `${version} to ${path} stands still: ${expected.length} answers, ${bufferedAmount} bytes unsent`,
          );
          socket.terminate();
        }, 20_000);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    const [most, isSlow, aborts] = [1 + below(8), below(4) === 0, below(6) === 0];
    for (let left = 1 + below(30); left > 0 && isOpen; ) {
      if (aborts && left === 3) return abort(socket);
      if (isSlow && below(4) === 0) {
        counts.pauses++;
        socket.pause();
        setTimeout(() => socket.resume(), below(400));
      }
      if (expected.length < most) {
        const [seed, length, answerBytes] = [below(1 << 20), someLength(), someLength()];
        const head = Buffer.alloc(8);
        head.writeUInt32BE(seed, 0);
        head.writeUInt32BE(answerBytes, 4);
        expected.push({ length: answerBytes, seed: seed + 1 });
        counts.bytes += length;
        socket.send(Buffer.concat([head, bytes(length, seed)]));
        left--;
      } else await moved();
    }
    while (isOpen && expected.length > 0) await moved();
    if (!isOpen) return void faults.push(`${version} to ${path}: closed too early`);
    counts.conversations++;
    socket.close(4001, "done");
    const [code] = await once(socket, "close");
    if (code !== 4001) faults.push(`${version} to ${path}: closed with ${code}`);
  }
}
