/** The name of a request in logs, error bodies and `X-Request-Id`. Made as bytes, since few are ever read as text. */
import type { ByteSink } from "../../base/byte-sink.ts";

export interface RequestId {
  writeTo(sink: ByteSink): void;
  toString(): string;
}

/** An id that a trusted proxy gave. */
export function givenRequestId(text: string): RequestId {
  return { writeTo: (sink) => sink.latin1(text), toString: () => text };
}

/** 32 hexadecimal digits: 16 of the process, then two 32-bit words. */
export class MadeRequestId implements RequestId {
  readonly #prefix: Buffer;
  readonly #high: number;
  readonly #low: number;

  constructor(prefix: Buffer, high: number, low: number) {
    this.#prefix = prefix;
    this.#high = high;
    this.#low = low;
  }

  writeTo(sink: ByteSink): void {
    sink.all(this.#prefix);
    const at = sink.reserve(16);
    writeHex(sink.bytes, at, this.#high);
    writeHex(sink.bytes, at + 8, this.#low);
    sink.length = at + 16;
  }

  toString(): string {
    return this.#prefix.toString("latin1") + hex8(this.#high) + hex8(this.#low);
  }
}

function writeHex(bytes: Buffer, at: number, word: number): void {
  for (let i = 0; i < 8; i++) bytes[at + i] = HEX_DIGITS[(word >>> (28 - 4 * i)) & 15]!;
}

function hex8(word: number): string {
  return word.toString(16).padStart(8, "0");
}

const HEX_DIGITS = Buffer.from("0123456789abcdef");
