/**
 * Frames of the control channel: a head of ten bytes, then a value. Processes of one build talk in the runtime's own
 * structured clone, which carries a whole configuration with its infinities and patterns; builds that may differ talk
 * in JSON. What is no frame is a fault of the peer, which is then no longer trusted.
 *
 *     0  u32  length of the value
 *     4  u8   version of the protocol
 *     5  u8   kind: 1 event, 2 request, 3 answer
 *     6  u32  number of the request that is asked or answered; 0 for an event
 */
import { deserialize, serialize } from "bun:jsc";

export type FrameKind = "event" | "request" | "answer";

export interface Frame {
  readonly kind: FrameKind;
  readonly id: number;
  readonly value: unknown;
}

export interface Encoding {
  encode(value: unknown): Uint8Array;
  /** Throws on what it cannot read. */
  decode(bytes: Buffer): unknown;
}

export const CLONE: Encoding = {
  encode: (value) => serialize(value, { binaryType: "nodebuffer" }),
  decode: (bytes) => deserialize(bytes),
};

export const JSON_TEXT: Encoding = {
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(bytes.toString()),
};

export const PROTOCOL_VERSION = 1;

export function encodeFrame(frame: Frame, encoding: Encoding): Buffer {
  const value = encoding.encode(frame.value);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + value.length);
  bytes.writeUInt32LE(value.length, 0);
  bytes[4] = PROTOCOL_VERSION;
  bytes[5] = KINDS.indexOf(frame.kind);
  bytes.writeUInt32LE(frame.id, 6);
  bytes.set(value, HEAD_BYTES);
  return bytes;
}

/** Makes frames of what arrives in pieces. After a fault it must not be asked again. */
export class FrameReader {
  readonly #encoding: Encoding;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** The next frame; null when more must arrive first; a word when it is none. */
  next(): Frame | FrameFault | null {
    if (this.#bytes < HEAD_BYTES) return null;
    const head = this.#joined();
    if (head[4] !== PROTOCOL_VERSION) return "version";
    const kind = KINDS[head[5]!];
    if (kind === undefined || kind === null) return "kind";
    const length = head.readUInt32LE(0);
    if (length > MOST_BYTES) return "length";
    if (this.#bytes < HEAD_BYTES + length) return null;
    const id = head.readUInt32LE(6);
    try {
      return { kind, id, value: this.#encoding.decode(this.#take(HEAD_BYTES + length).subarray(HEAD_BYTES)) };
    } catch {
      return "value";
    }
  }

  /** All that is there as one piece; a large frame is joined a few times only, as its pieces double. */
  #joined(): Buffer {
    const [first] = this.#chunks;
    if (this.#chunks.length > 1 && first!.length < HEAD_BYTES)
      this.#chunks.splice(0, 2, Buffer.concat(this.#chunks.slice(0, 2)));
    return this.#chunks[0]!.length >= HEAD_BYTES ? this.#chunks[0]! : this.#joined();
  }

  #take(length: number): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    const rest = all.subarray(length);
    this.#chunks.length = 0;
    if (rest.length > 0) this.#chunks.push(rest);
    this.#bytes = rest.length;
    return all.subarray(0, length);
  }
}

/** What is wrong with what the peer sent. */
export type FrameFault = "version" | "kind" | "length" | "value";

const HEAD_BYTES = 10;
const KINDS: readonly (FrameKind | null)[] = [null, "event", "request", "answer"];
/** A configuration of 100,000 routes is some 60 MB. */
const MOST_BYTES = 1 << 29;
