/**
 * Streams that stay open through a proxy: WebSockets, event streams and TCP tunnels, each with its two ends here. Whoever
 * holds them asks whether all of them still carry bytes, in both directions where there are two.
 */
import type { Socket } from "bun";

export type StreamKind = "websocket" | "events" | "tunnel";

/** What a stream is, and what its client has received. */
export interface OpenStream {
  readonly kind: StreamKind;
  readonly socket: Socket<OpenStream>;
  received: string;
  /** Null while it is open. */
  closed: string | null;
}

interface Served {
  kind: StreamKind | null;
  received: string;
}

/** The far end: answers by the first bytes of a connection, then echoes or sends events. */
export class StreamUpstream implements Disposable {
  readonly #server;
  readonly #events = new Set<Socket<Served>>();

  constructor() {
    this.#server = Bun.listen<Served>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = { kind: null, received: "" };
        },
        data: (socket, chunk) => this.#onData(socket, chunk),
        close: (socket) => void this.#events.delete(socket),
      },
    });
  }

  get target(): string {
    return `127.0.0.1:${this.#server.port}`;
  }

  /** To all event streams. */
  emit(text: string): void {
    const event = `data: ${text}\n\n`;
    for (const socket of this.#events) socket.write(`${event.length.toString(16)}\r\n${event}\r\n`);
  }

  [Symbol.dispose](): void {
    this.#server.stop(true);
  }

  #onData(socket: Socket<Served>, chunk: Buffer): void {
    const { data } = socket;
    if (data.kind !== null) return void socket.write(chunk);
    data.received += chunk.toString("latin1");
    if (!data.received.startsWith("GET ")) {
      data.kind = "tunnel";
      socket.write(chunk);
    } else if (data.received.includes("\r\n\r\n")) this.#answer(socket);
  }

  #answer(socket: Socket<Served>): void {
    const isEvents = socket.data.received.startsWith("GET /events");
    socket.data.kind = isEvents ? "events" : "websocket";
    socket.write(isEvents ? EVENTS_HEAD : UPGRADE_HEAD);
    if (isEvents) this.#events.add(socket);
  }
}

export async function openStream(
  kind: StreamKind,
  ports: { http: number; tcp: number },
): Promise<OpenStream> {
  let stream: OpenStream;
  const socket = await Bun.connect<OpenStream>({
    hostname: "127.0.0.1",
    port: kind === "tunnel" ? ports.tcp : ports.http,
    socket: {
      data(_, chunk) {
        stream.received += chunk.toString("latin1");
      },
      end() {
        stream.closed ??= "FIN";
      },
      close(_, error) {
        stream.closed ??= error === undefined ? "closed" : String(error);
      },
    },
  });
  stream = { kind, socket, received: "", closed: null };
  socket.write(OPENING[kind]);
  await received(stream, kind === "tunnel" ? "hello" : "\r\n\r\n");
  return stream;
}

/** Whether all carry `text`; what is wrong with those that do not. */
export async function carry(
  streams: readonly OpenStream[],
  upstream: StreamUpstream,
  text: string,
): Promise<string[]> {
  for (const stream of streams) {
    stream.received = "";
    if (stream.kind !== "events" && stream.closed === null) stream.socket.write(text);
  }
  upstream.emit(text);
  const failures = await Promise.all(
    streams.map((stream) =>
      received(stream, text).catch((error: Error) => `${stream.kind}: ${error.message}`),
    ),
  );
  return failures.filter((failure) => failure !== undefined);
}

async function received(stream: OpenStream, text: string): Promise<undefined> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!stream.received.includes(text)) {
    if (stream.closed !== null) throw new Error(stream.closed);
    if (performance.now() > endMs) throw new Error(`no ${text}`);
    await Bun.sleep(1);
  }
}

const EVENTS_HEAD =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const UPGRADE_HEAD = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
const OPENING: Readonly<Record<StreamKind, string>> = {
  websocket: "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
  events: "GET /events HTTP/1.1\r\nHost: a\r\n\r\n",
  tunnel: "hello",
};
const PATIENCE_MS = 10_000;
