/**
 * A socket of the runtime's without a kernel, as far as io/connection.ts and io/connect.ts know one. At its far end is a peer
 * of the test. Nothing happens by itself: what could happen next is offered as moves, and whoever plays chooses one.
 */
import { type Random, randomBelow } from "../../src/base/random.ts";

/** Who the proxy talks to. */
export interface FarEnd {
  /** It reads now. */
  readonly reads: boolean;
  onBytes(chunk: Buffer): void;
  onEnd(): void;
  onReset(): void;
}

export type Move = () => void;

/** What the runtime calls: `socketEvents` makes them. */
export interface NearEvents {
  open(socket: never): void;
  data(socket: never, chunk: Buffer): void;
  drain(socket: never): void;
  end(socket: never): void;
  close(socket: never, error?: Error): void;
}

export class MemorySocket {
  data: unknown = null;
  readonly fd = -1;
  readonly remoteAddress = "127.0.0.1";
  readonly remotePort = 1;
  readonly localAddress = "127.0.0.1";
  readonly localPort = 2;
  far!: FarEnd;
  readonly #events: NearEvents;
  readonly #random: Random;
  /** Of what goes to the far end. */
  readonly #capacityBytes: number;
  readonly #toNear = new Pipe();
  readonly #toFar = new Pipe();
  #opened = false;
  #closed = false;
  #paused = false;
  #wantsRoom = false;
  #shutDown = false;
  #farGone = false;
  #toldEnd = false;

  constructor(events: NearEvents, random: Random, capacityBytes: number) {
    this.#events = events;
    this.#random = random;
    this.#capacityBytes = capacityBytes;
  }

  write(bytes: Buffer, at: number, length: number): number {
    if (this.#closed || this.#shutDown || (this.#toNear.ending === "reset" && this.#toNear.bytes === 0))
      return -1;
    const room = Math.max(0, this.#capacityBytes - this.#toFar.bytes);
    const count = Math.min(length, room);
    if (count > 0 && !this.#farGone) this.#toFar.add(Buffer.from(bytes.subarray(at, at + count)));
    if (count < length) this.#wantsRoom = true;
    return count;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  shutdown(): void {
    if (this.#shutDown || this.#closed) return;
    this.#shutDown = true;
    this.#toFar.ending ??= "end";
  }

  close(): void {
    if (this.#closed) return;
    // What nobody reads any more makes a kernel say so.
    this.#toFar.ending ??= this.#toNear.bytes > 0 ? "reset" : "end";
    this.#leave();
  }

  terminate(): void {
    if (this.#closed) return;
    this.#toFar.ending = "reset";
    this.#leave();
  }

  /** Of the far end's, what the proxy has not read. */
  get unreadBytes(): number {
    return this.#toNear.bytes;
  }

  farSend(bytes: Buffer): void {
    if (this.#toNear.ending === null && !this.#closed) this.#toNear.add(bytes);
  }

  farFinish(): void {
    this.#toNear.ending ??= "end";
  }

  farReset(): void {
    this.#farGone = true;
    this.#toNear.clear();
    this.#toFar.clear();
    this.#toNear.ending = "reset";
  }

  addMoves(moves: Move[]): void {
    if (!this.#opened) {
      moves.push(() => this.#open());
      return;
    }
    if (!this.#closed) this.#addNearMoves(moves);
    if (!this.#farGone) this.#addFarMoves(moves);
  }

  #addNearMoves(moves: Move[]): void {
    const { bytes, ending } = this.#toNear;
    if (this.#wantsRoom && this.#toFar.bytes < this.#capacityBytes) moves.push(() => this.#drain());
    if (!this.#paused && bytes > 0) moves.push(() => this.#deliver());
    if (bytes > 0 || ending === null) return;
    // A reset is told whoever reads or does not; a FIN, and what both FINs mean, only to who reads.
    if (ending === "reset") moves.push(() => this.#close(RESET));
    else if (this.#paused) return;
    else if (this.#shutDown) moves.push(() => this.#close());
    else if (!this.#toldEnd) moves.push(() => this.#end());
  }

  #addFarMoves(moves: Move[]): void {
    const { bytes, ending } = this.#toFar;
    if (ending === "reset") moves.push(() => this.#endFar(() => this.far.onReset()));
    else if (bytes > 0 && this.far.reads) moves.push(() => this.#take());
    else if (bytes === 0 && ending === "end") moves.push(() => this.#endFar(() => this.far.onEnd()));
  }

  #open(): void {
    this.#opened = true;
    this.#events.open(this as never);
  }

  #deliver(): void {
    const chunk = this.#toNear.take(this.#some(this.#toNear.bytes));
    this.#events.data(this as never, chunk);
  }

  #take(): void {
    this.far.onBytes(this.#toFar.take(this.#some(this.#toFar.bytes)));
  }

  /** Often all of it, and now and then a crumb. */
  #some(bytes: number): number {
    const dice = randomBelow(this.#random, 10);
    if (dice < 5) return bytes;
    return 1 + randomBelow(this.#random, dice === 9 ? Math.min(bytes, 12) : bytes);
  }

  #drain(): void {
    this.#wantsRoom = false;
    this.#events.drain(this as never);
  }

  #end(): void {
    this.#toldEnd = true;
    this.#events.end(this as never);
  }

  #endFar(tell: () => void): void {
    const isWhole = this.#toFar.ending === "end";
    this.#toFar.clear();
    this.#toFar.ending = TOLD;
    if (!isWhole) this.#farGone = true;
    tell();
  }

  #close(error?: Error): void {
    this.#toFar.ending ??= error === undefined ? "end" : "reset";
    this.#leave(error);
  }

  #leave(error?: Error): void {
    this.#closed = true;
    this.#toNear.clear();
    this.#events.close(this as never, error);
  }
}

/** Bytes under way, and how they end. */
class Pipe {
  bytes = 0;
  ending: "end" | "reset" | typeof TOLD | null = null;
  #chunks: Buffer[] = [];

  add(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
  }

  /** In memory of its own, since the receiver may give it back. */
  take(count: number): Buffer {
    const taken = Buffer.from(new ArrayBuffer(count));
    for (let at = 0; at < count; ) {
      const first = this.#chunks[0]!;
      const part = Math.min(first.length, count - at);
      first.copy(taken, at, 0, part);
      at += part;
      if (part === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(part);
    }
    this.bytes -= count;
    return taken;
  }

  clear(): void {
    this.#chunks = [];
    this.bytes = 0;
  }
}

const TOLD = "told";
const RESET: Error = Object.assign(new Error("reset"), { code: "ECONNRESET" });
