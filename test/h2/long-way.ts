/**
 * A client that uploads over a way of a given length and width, to our codec, all in one piece of code with a clock that
 * it moves itself: what arrives when follows from the numbers alone.
 */
import { EVENT } from "../../src/protocol/h2/events.ts";
import { FRAME, FRAME_HEADER_BYTES } from "../../src/protocol/h2/frame.ts";
import { ServerReader } from "../../src/protocol/h2/server-reader.ts";
import { HeadStock, type StreamRecord } from "../../src/protocol/h2/stream-record.ts";
import { data, frame, HELLO, headers, POST, ping, readFrames, readUint32 } from "./frames.ts";

export interface Way {
  readonly roundTripMs: number;
  readonly bytesPerMs: number;
  /** How fast what has come is taken on. */
  readonly takenPerMs: number;
}

export interface Upload {
  /** Of the last half of the time. */
  readonly bytesPerMs: number;
  readonly windowBytes: number;
  /** The most that has come and was not taken. */
  readonly heldBytes: number;
  /** What its windows had grown by in the end, and once it was over. */
  readonly grownBytes: number;
  readonly leftBytes: number;
  readonly pings: number;
}

/** Of an upload without end. */
export function upload(way: Way, forMs: number): Upload {
  return new LongWay(way).run(forMs);
}

/** What windows are still counted as grown once such an upload has ended by a frame that broke a rule. */
export function leftBehindFault(way: Way, forMs: number): { grownBytes: number; leftBytes: number } {
  return new LongWay(way).runIntoFault(forMs);
}

class LongWay {
  readonly #way: Way;
  readonly #grown = { bytes: 0 };
  readonly #reader: ServerReader<null>;
  #nowMs = 1_000;
  readonly #toUs: Delayed[] = [];
  readonly #toClient: Delayed[] = [];
  /** The client's windows: of the connection, of the stream. */
  readonly #windows = [65_535, 65_535];
  #stream: StreamRecord<null> | null = null;
  #heldBytes = 0;
  #takenBytes = 0;
  #mostHeldBytes = 0;
  #pings = 0;

  constructor(way: Way) {
    this.#way = way;
    const limits = { headBytes: 2_000, fieldCount: 40, streams: 4 };
    const windows = { streamWindowBytes: 65_535, connectionWindowBytes: 1_000_000 };
    this.#reader = new ServerReader({ ...limits, ...windows }, new HeadStock(), this.#grown);
    this.#fromClient(Buffer.from(HELLO + headers(1, POST, { end: false }), "latin1"));
  }

  run(forMs: number): Upload {
    let before = 0;
    for (let ms = 0; ms < forMs; ms++, this.#nowMs++) {
      if (ms === forMs / 2) before = this.#takenBytes;
      this.#arrive();
      this.#take();
      this.#clientSends();
    }
    const stream = this.#stream!;
    const grownBytes = this.#grown.bytes;
    const windowBytes = stream.receive.sizeBytes;
    this.#reader.reset(stream, 0);
    this.#reader.taken(stream, this.#heldBytes);
    return {
      bytesPerMs: (this.#takenBytes - before) / (forMs / 2),
      windowBytes,
      heldBytes: this.#mostHeldBytes,
      grownBytes,
      leftBytes: this.#grown.bytes,
      pings: this.#pings,
    };
  }

  runIntoFault(forMs: number): { grownBytes: number; leftBytes: number } {
    for (let ms = 0; ms < forMs; ms++, this.#nowMs++) {
      this.#arrive();
      this.#take();
      this.#clientSends();
    }
    const grownBytes = this.#grown.bytes;
    const stream = this.#stream!;
    // The next frame goes beyond what the request has announced.
    stream.expectedBytes = stream.receivedBytes;
    this.#reader.push(Buffer.from(data(1, "x".repeat(16_384)), "latin1"), this.#nowMs);
    for (let event = this.#reader.next(); event !== EVENT.needData; event = this.#reader.next()) {
      if (event === EVENT.reset && this.#reader.fault !== "contentLengthMismatch")
        throw new Error(`${this.#reader.fault}`);
    }
    if (this.#stream!.state !== "closed") throw new Error("the stream has not ended");
    this.#reader.taken(stream, this.#heldBytes);
    return { grownBytes, leftBytes: this.#grown.bytes };
  }

  #fromClient(bytes: Buffer): void {
    this.#toUs.push({ atMs: this.#nowMs + this.#way.roundTripMs / 2, bytes });
  }

  /** As much as the way takes in a millisecond, in frames, as far as the windows go. */
  #clientSends(): void {
    let left = Math.min(this.#way.bytesPerMs, ...this.#windows);
    while (left > 0) {
      const count = Math.min(left, 16_384);
      const bytes = Buffer.alloc(FRAME_HEADER_BYTES + count);
      bytes.write(frame(FRAME.data, 0, 1, ""), "latin1");
      bytes.writeUIntBE(count, 0, 3);
      this.#fromClient(bytes);
      this.#windows[0]! -= count;
      this.#windows[1]! -= count;
      left -= count;
    }
  }

  #arrive(): void {
    while (this.#toClient[0] !== undefined && this.#toClient[0].atMs <= this.#nowMs)
      this.#onFrames(this.#toClient.shift()!.bytes);
    while (this.#toUs[0] !== undefined && this.#toUs[0].atMs <= this.#nowMs)
      this.#read(this.#toUs.shift()!.bytes);
  }

  #onFrames(bytes: Buffer): void {
    for (const { type, flags, stream, payload } of readFrames(bytes.toString("latin1"))) {
      if (type === FRAME.windowUpdate) this.#windows[stream]! += readUint32(payload, 0);
      if (type === FRAME.ping && flags === 0) {
        this.#pings++;
        this.#fromClient(Buffer.from(ping(payload, true), "latin1"));
      }
    }
  }

  #read(bytes: Buffer): void {
    const reader = this.#reader;
    reader.push(bytes, this.#nowMs);
    for (let event = reader.next(); event !== EVENT.needData; event = reader.next()) {
      if (event === EVENT.fault) throw new Error(reader.fault!);
      if (event === EVENT.head) this.#stream = reader.stream;
      if (event !== EVENT.data) continue;
      // As a stream whose exchange takes no more: h2-stream.ts.
      if (this.#heldBytes > 0) reader.stream!.wasHeld = true;
      this.#heldBytes += reader.dataEnd - reader.dataStart;
    }
    this.#take(0);
    reader.done();
    this.#answer();
  }

  /** What the taker has room for. */
  #take(room = this.#way.takenPerMs): void {
    const count =
      this.#way.takenPerMs === Number.POSITIVE_INFINITY ? this.#heldBytes : Math.min(this.#heldBytes, room);
    this.#heldBytes -= count;
    this.#takenBytes += count;
    this.#mostHeldBytes = Math.max(this.#mostHeldBytes, this.#heldBytes);
    if (count > 0) this.#reader.taken(this.#stream, count);
    this.#answer();
  }

  #answer(): void {
    const { control } = this.#reader;
    if (control.length === 0) return;
    const bytes = Buffer.from(control.bytes.subarray(0, control.length));
    control.length = 0;
    this.#toClient.push({ atMs: this.#nowMs + this.#way.roundTripMs / 2, bytes });
  }
}

interface Delayed {
  readonly atMs: number;
  readonly bytes: Buffer;
}
