/**
 * Takes one message body off a window: by length, chunk by chunk, or until the connection closes. Requests
 * and answers share it. Data is passed on as ranges of the window, never copied.
 */
import { FieldBlock } from "../http/field-block.ts";
import { FORBIDDEN_TRAILERS } from "../http/field-names.ts";
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

  /** Whether there is a body to read at all. */
  begin(framing: Framing): boolean {
    if (this.trailers.count > 0) this.trailers.reset();
    if (framing.kind === BODY.none || (framing.kind === BODY.length && framing.contentLength === 0)) {
      return false;
    }
    this.#remaining = framing.kind === BODY.length ? framing.contentLength : Number.POSITIVE_INFINITY;
    this.#extensionBytes = 0;
    this.fault = null;
    this.#state = FIRST_STATE[framing.kind];
    return true;
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
        return this.#takeData(window, STATE.end);
      default:
        return EVENT.end;
    }
  }

  #takeData(window: Window, then: State): Event {
    const { pos, end } = window;
    if (pos === end) return EVENT.needData;
    const taken = Math.min(end - pos, this.#remaining);
    this.dataStart = pos;
    this.dataEnd = window.keepFrom = window.pos = pos + taken;
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#state = then;
    return EVENT.data;
  }

  #takeChunkLine(window: Window): Event | typeof AGAIN {
    const line = this.#line;
    const result = readChunkLine(window, line, this.#limits.chunkExtensionBytes - this.#extensionBytes);
    if (result === null) return EVENT.needData;
    if (result !== CHUNK_LINE_END) return this.#fail(result);
    window.keepFrom = window.pos;
    this.#extensionBytes += line.extensionBytes;
    this.#remaining = line.size;
    this.#state = line.size === 0 ? STATE.trailers : STATE.chunkData;
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
    const { headBytes, fieldCount } = this.#limits;
    const end = Math.min(window.end, window.keepFrom + headBytes);
    const result = window.stillWaits(end) ? null : readFieldLines(window, end, this.trailers, fieldCount);
    if (result === null) return window.end > end ? this.#fail("head_bytes") : EVENT.needData;
    if (result !== SECTION_END) return this.#fail(result === "fieldCount" ? "field_count" : result);
    window.keepFrom = window.pos;
    this.#state = STATE.end;
    if ((this.trailers.present & FORBIDDEN_TRAILERS) !== 0) return this.#fail("trailerField");
    return this.trailers.count === 0 ? EVENT.end : EVENT.trailers;
  }

  #fail(fault: PeerFault | LimitFault): Event {
    this.fault = fault;
    return EVENT.fault;
  }
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

const FIRST_STATE = {
  [BODY.none]: STATE.end,
  [BODY.length]: STATE.length,
  [BODY.chunked]: STATE.chunkLine,
  [BODY.untilClose]: STATE.untilClose,
} as const;

const AGAIN = -1;
