/** Bytes of which every piece shows whether it is in its place: a block of noise whose length divides nothing. */
import type { Socket } from "bun";

const BLOCK_BYTES = 1_048_583;
const DOUBLE = doubled(noise(BLOCK_BYTES));

/** The bytes from `at` on, as many as there are without a break. */
export function patternFrom(at: number, upTo: number): Buffer {
  const start = at % BLOCK_BYTES;
  return DOUBLE.subarray(start, start + Math.min(upTo - at, BLOCK_BYTES));
}

/** Checks bytes as they come. */
export class PatternChecker {
  received = 0;
  wrongAt = -1;

  take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && this.wrongAt < 0; ) {
      const expected = patternFrom(this.received, this.received + chunk.length - at);
      if (chunk.compare(expected, 0, expected.length, at, at + expected.length) !== 0)
        this.wrongAt = this.received;
      this.received += expected.length;
      at += expected.length;
    }
  }
}

/** Writes so much of the pattern to a socket, as fast as it is taken; call `resume` when it drains. */
export class PatternSender {
  sent = 0;
  readonly #socket: Socket<unknown>;
  readonly #total: number;

  constructor(socket: Socket<unknown>, total: number) {
    this.#socket = socket;
    this.#total = total;
  }

  get done(): boolean {
    return this.sent === this.#total;
  }

  resume(): void {
    while (!this.done) {
      const taken = this.#socket.write(patternFrom(this.sent, this.#total));
      if (taken <= 0) return;
      this.sent += taken;
    }
  }
}

/** The pattern in chunks of HTTP/1.1, each as large as `chunkBytes`. */
export class ChunkedPatternSender {
  readonly #socket: Socket<unknown>;
  readonly #total: number;
  readonly #chunkBytes: number;
  #at = 0;
  #pending: Buffer | null = null;
  #isLast = false;

  constructor(socket: Socket<unknown>, total: number, chunkBytes: number) {
    this.#socket = socket;
    this.#total = total;
    this.#chunkBytes = chunkBytes;
  }

  get done(): boolean {
    return this.#pending === null && this.#isLast;
  }

  resume(): void {
    while (!this.done) {
      const frame: Buffer = this.#pending ?? this.#nextFrame();
      const taken = Math.max(0, this.#socket.write(frame));
      this.#pending = taken === frame.length ? null : frame.subarray(taken);
      if (this.#pending !== null) return;
    }
  }

  #nextFrame(): Buffer {
    const data = patternFrom(this.#at, Math.min(this.#at + this.#chunkBytes, this.#total));
    this.#at += data.length;
    this.#isLast = data.length === 0;
    return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, CRLF]);
  }
}

/** Takes the framing off chunks and hands on what is in them. */
export class Dechunker {
  /** The last chunk has come. */
  done = false;
  readonly #take: (data: Buffer) => void;
  #line = "";
  #remaining = 0;

  constructor(take: (data: Buffer) => void) {
    this.#take = take;
  }

  feed(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#remaining > 0) {
        const end = Math.min(chunk.length, at + this.#remaining);
        this.#take(chunk.subarray(at, end));
        this.#remaining -= end - at;
        at = end;
      } else at = this.#readLine(chunk, at);
    }
  }

  /** Lines are sizes, or the empty ones behind chunks. */
  #readLine(chunk: Buffer, start: number): number {
    const end = chunk.indexOf(0x0a, start);
    this.#line += chunk.toString("latin1", start, end < 0 ? chunk.length : end);
    if (end < 0) return chunk.length;
    const size = this.#line.trim();
    this.#line = "";
    if (size === "0") this.done = true;
    if (size !== "") this.#remaining = Number.parseInt(size, 16);
    return end + 1;
  }
}

/** A linear congruential generator (Numerical Recipes): noise enough to tell places apart. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function doubled(block: Buffer): Buffer {
  return Buffer.concat([block, block]);
}

const CRLF = Buffer.from("\r\n");
