/**
 * Takes one message body off a window: by length, chunk by chunk, or until the connection closes. Requests
 * and answers share it. Data is passed on as ranges of the window, never copied.
 */
import { FieldBlock } from "../http/field-block.ts";
import { FIELD, HOP_BY_HOP, isIn } from "../http/field-names.ts";
import { BODY, type Framing } from "../http/framing.ts";
import { CR, LF } from "../http/grammar.ts";
import type { LimitFault, PeerFault } from "../http/peer-fault.ts";
import { CHUNK_LINE_END, type ChunkLine, readChunkLine } from "./chunk-line.ts";
import { EVENT, type Event } from "./events.ts";
import { readFieldLines, SECTION_END } from "./field-lines.ts";
import type { CodecLimits } from "./limits.ts";
import type { Window } from "./window.ts";

export class BodyReader {
  /** Of the last `EVENT.data`, in the window's bytes. */
  dataStart = 0;
  dataEnd = 0;
  /** Of the last `EVENT.trailers`. */
  readonly trailers: FieldBlock = new FieldBlock(0);
  /** Of `EVENT.fault`. */
  fault: PeerFault | LimitFault | null = null;
  readonly #limits: CodecLimits;
  readonly #line: ChunkLine = { size: 0, extensionBytes: 0 };
  #state: State = STATE.end;
  /** Of the body (by length) or of the current chunk. */
  #remaining = 0;
  #extensionBytes = 0;

  constructor(limits: CodecLimits) {
    this.#limits = limits;
  }

  begin(framing: Framing): void {
    this.#remaining = framing.contentLength;
    this.#extensionBytes = 0;
    this.fault = null;
    if (this.trailers.count > 0) this.trailers.reset();
    if (framing.kind === BODY.none || (framing.kind === BODY.length && this.#remaining === 0)) {
      this.#state = STATE.end;
    } else if (framing.kind === BODY.length) this.#state = STATE.length;
    else this.#state = framing.kind === BODY.chunked ? STATE.chunkLine : STATE.untilClose;
  }

  get done(): boolean {
    return this.#state === STATE.end;
  }

  next(window: Window): Event {
    for (;;) {
      const event = this.#step(window);
      if (event !== AGAIN) return event;
    }
  }

  /** The connection has ended: the end of the body if that is how it ends, else a truncation. */
  finish(): Event {
    if (this.#state === STATE.untilClose) this.#state = STATE.end;
    return this.#state === STATE.end ? EVENT.end : this.#fail("truncated");
  }

  /** The window's bytes have moved (see Window.push). */
  rebase(bytes: Buffer, by: number): void {
    if (this.#state === STATE.trailers) this.trailers.rebase(bytes, by);
  }

  #step(window: Window): Event | typeof AGAIN {
    switch (this.#state) {
      case STATE.length:
        return this.#takeData(window, STATE.end);
      case STATE.chunkLine:
        return this.#takeChunkLine(window);
      case STATE.chunkData:
        return this.#takeData(window, STATE.chunkEnd);
      case STATE.chunkEnd:
        return this.#takeChunkEnd(window);
      case STATE.trailers:
        return this.#takeTrailers(window);
      case STATE.untilClose:
        this.#remaining = Number.POSITIVE_INFINITY;
        return this.#takeData(window, STATE.end);
      default:
        return EVENT.end;
    }
  }

  #takeData(window: Window, then: State): Event {
    const available = window.end - window.pos;
    if (available === 0) return EVENT.needData;
    const taken = Math.min(available, this.#remaining);
    this.dataStart = window.pos;
    this.dataEnd = window.pos += taken;
    window.keepFrom = window.pos;
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#state = then;
    return EVENT.data;
  }

  #takeChunkLine(window: Window): Event | typeof AGAIN {
    const result = readChunkLine(window, this.#line);
    if (result === null)
      return this.#needMore(window, "chunkExtensionBytes", this.#limits.chunkExtensionBytes);
    if (result !== CHUNK_LINE_END) return this.#fail(result);
    window.keepFrom = window.pos;
    this.#extensionBytes += this.#line.extensionBytes;
    if (this.#extensionBytes > this.#limits.chunkExtensionBytes) return this.#fail("chunkExtensionBytes");
    this.#remaining = this.#line.size;
    this.#state = this.#remaining === 0 ? STATE.trailers : STATE.chunkData;
    return AGAIN;
  }

  #takeChunkEnd(window: Window): Event | typeof AGAIN {
    const { bytes, pos, end } = window;
    if (pos < end && bytes[pos] !== CR) return this.#fail(bytes[pos] === LF ? "bareLf" : "chunkEnd");
    if (end - pos < 2) return EVENT.needData;
    if (bytes[pos + 1] !== LF) return this.#fail("bareCr");
    window.keepFrom = window.pos = pos + 2;
    this.#state = STATE.chunkLine;
    return AGAIN;
  }

  #takeTrailers(window: Window): Event {
    const result = readFieldLines(window, this.trailers, this.#limits);
    const sectionBytes = window.pos - window.keepFrom;
    if (result === null) return this.#needMore(window, "head_bytes", this.#limits.headBytes);
    if (result === "fieldCount") return this.#fail("field_count");
    if (result !== SECTION_END) return this.#fail(result);
    if (sectionBytes > this.#limits.headBytes) return this.#fail("head_bytes");
    window.keepFrom = window.pos;
    this.#state = STATE.end;
    if (hasForbiddenTrailer(this.trailers)) return this.#fail("trailerField");
    return this.trailers.count === 0 ? EVENT.end : EVENT.trailers;
  }

  /** An unfinished line or section may wait for more only while it is within its limit. */
  #needMore(window: Window, fault: PeerFault | LimitFault, limitBytes: number): Event {
    return window.end - window.keepFrom > limitBytes + SLACK_BYTES ? this.#fail(fault) : EVENT.needData;
  }

  #fail(fault: PeerFault | LimitFault): Event {
    this.fault = fault;
    return EVENT.fault;
  }
}

/** Fields that frame, route or steer the message come too late in a trailer (RFC 9110 section 6.5.1). */
function hasForbiddenTrailer(trailers: FieldBlock): boolean {
  return (trailers.present & FORBIDDEN_TRAILERS) !== 0;
}

const STATE = {
  end: 0,
  length: 1,
  chunkLine: 2,
  chunkData: 3,
  chunkEnd: 4,
  trailers: 5,
  untilClose: 6,
} as const;
type State = (typeof STATE)[keyof typeof STATE];

const AGAIN = -1;
/** A chunk size with its CRLF, beside the extensions that the limit counts. */
const SLACK_BYTES = 20;
const FORBIDDEN_TRAILERS = [...Array(32).keys()]
  .filter((id) => id !== FIELD.nominated && id !== FIELD.alias && isIn(HOP_BY_HOP, id))
  .concat(FIELD.trailer, FIELD.host, FIELD["content-length"], FIELD.expect, FIELD["max-forwards"])
  .reduce((set, id) => set | (1 << id), 0);
