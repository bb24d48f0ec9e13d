/**
 * One end of a control channel: requests that are answered, and events, in both directions. Descriptors travel beside
 * it, sent before the message that speaks of them, so that they are there when it arrives.
 */
import { err, ok, type Result } from "../../base/result.ts";
import { adoptDescriptor } from "../../io/adopt.ts";
import type { Connection, ConnectionHandler } from "../../io/connection.ts";
import { flushOutbox } from "../../io/connection.ts";
import { type Encoding, encodeFrame, type Frame, type FrameFault, FrameReader } from "./frames.ts";

export interface ChannelHandler {
  onEvent(value: unknown): void;
  /** What it resolves with is the answer. */
  onRequest(value: unknown): Promise<unknown>;
  /** The peer is gone, or sent what is no frame; nothing follows. */
  onClose(fault: FrameFault | null): void;
}

/** `closed`: the peer is gone; `late`: it has not answered in time. */
export type RequestFailure = "closed" | "late";

export class Channel implements ConnectionHandler {
  readonly #handler: ChannelHandler;
  readonly #encoding: Encoding;
  readonly #reader: FrameReader;
  readonly #waiting = new Map<number, (answer: Result<unknown, RequestFailure>) => void>();
  #connection: Connection | null = null;
  #lastId = 0;
  #fault: FrameFault | null = null;

  constructor(handler: ChannelHandler, encoding: Encoding) {
    this.#handler = handler;
    this.#encoding = encoding;
    this.#reader = new FrameReader(encoding);
  }

  /** Over a connected socket; the descriptor belongs to the channel from now on. */
  static async over(descriptor: number, handler: ChannelHandler, encoding: Encoding): Promise<Channel> {
    const channel = new Channel(handler, encoding);
    await adoptDescriptor(descriptor, (connection) => channel.serve(connection));
    return channel;
  }

  /** For whoever accepts or makes the connection. */
  serve(connection: Connection): ConnectionHandler {
    this.#connection = connection;
    return this;
  }

  get closed(): boolean {
    return this.#connection === null || this.#connection.closed;
  }

  send(value: unknown): void {
    this.#write({ kind: "event", id: 0, value });
  }

  /** Frames of events that somebody has made already, because they go to several. */
  forward(frames: readonly Buffer[]): void {
    for (const frame of frames) if (!this.closed) this.#connection!.send(frame);
    flushOutbox();
  }

  request(value: unknown, withinMs: number): Promise<Result<unknown, RequestFailure>> {
    if (this.closed) return Promise.resolve(err("closed"));
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Result<unknown, RequestFailure>>();
    const timer = setTimeout(() => this.#settle(id, err("late")), withinMs);
    this.#waiting.set(id, (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    this.#write({ kind: "request", id, value });
    return promise;
  }

  close(): void {
    this.#connection?.close();
  }

  onData(chunk: Buffer): void {
    if (this.#fault !== null) return;
    this.#reader.push(chunk);
    for (let frame = this.#reader.next(); frame !== null; frame = this.#reader.next()) {
      if (typeof frame === "string") {
        this.#fault = frame;
        this.#connection!.abort();
        return;
      }
      this.#take(frame);
    }
  }

  onEnd(): void {
    this.#connection!.close();
  }

  onBlocked(): void {}

  onDrain(): void {}

  onClose(): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id, err("closed"));
    this.#handler.onClose(this.#fault);
  }

  #take({ kind, id, value }: Frame): void {
    if (kind === "event") this.#handler.onEvent(value);
    else if (kind === "answer") this.#settle(id, ok(value));
    else this.#handler.onRequest(value).then((answer) => this.#write({ kind: "answer", id, value: answer }));
  }

  #settle(id: number, answer: Result<unknown, RequestFailure>): void {
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    settle?.(answer);
  }

  #write(frame: Frame): void {
    if (this.closed) return;
    this.#connection!.send(encodeFrame(frame, this.#encoding));
    flushOutbox();
  }
}
