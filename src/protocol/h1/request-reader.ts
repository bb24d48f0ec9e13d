/**
 * Bytes of a downstream connection to request events (RFC 9112). Strict: what could be read in two ways
 * is a violation, and after one nothing more is read. One reader serves one connection for its life.
 */

import { nominateTrailers } from "../http/connection-options.ts";
import type { FieldBlock } from "../http/field-block.ts";
import { CR, LF } from "../http/grammar.ts";
import type { LimitFault, PeerFault } from "../http/peer-fault.ts";
import { RequestHead } from "../http/request-head.ts";
import { completeRequest } from "../http/request-rules.ts";
import { requestFault, type Violation } from "../http/violation.ts";
import { BodyReader } from "./body-reader.ts";
import { EVENT, type Event } from "./events.ts";
import { readFieldLines, SECTION_END } from "./field-lines.ts";
import type { CodecLimits } from "./limits.ts";
import { LINE_END, readRequestLine } from "./request-line.ts";
import { Window } from "./window.ts";

export class RequestReader {
  readonly head: RequestHead = new RequestHead();
  violation: Violation | null = null;
  readonly limits: CodecLimits;
  readonly #window: Window = new Window();
  readonly #body: BodyReader;
  #state: State = STATE.start;
  #sawEmptyLine = false;
  readonly #lineBytes: number;

  constructor(limits: CodecLimits) {
    this.limits = limits;
    this.#lineBytes = Math.min(limits.lineBytes, limits.headBytes);
    this.#body = new BodyReader(limits);
  }

  get bytes(): Buffer {
    return this.#window.bytes;
  }

  get dataStart(): number {
    return this.#body.dataStart;
  }

  get dataEnd(): number {
    return this.#body.dataEnd;
  }

  get trailers(): FieldBlock {
    return this.#body.trailers;
  }

  /** Bytes received and not yet taken by an event. */
  get unread(): number {
    return this.#window.unread;
  }

  /** Whether a byte of the next request has come; an empty line before it is none of it. */
  get begun(): boolean {
    return this.#state !== STATE.start || this.#window.unread > 0;
  }

  push(chunk: Buffer): void {
    const moved = this.#window.push(chunk);
    if (moved < 0) return;
    if (this.#state === STATE.fields) this.head.rebase(this.#window.bytes, moved);
    else if (this.#state === STATE.body) this.#body.rebase(this.#window.bytes, moved);
  }

  next(): Event {
    switch (this.#state) {
      case STATE.start:
        return this.#readStart();
      case STATE.fields:
        return this.#readFields();
      case STATE.body:
        return this.#readBody();
      case STATE.end:
        return EVENT.end;
      default:
        return EVENT.fault;
    }
  }

  /**
   * After `EVENT.end`, when the answer is complete: go on with the next request. Nothing of the last one is kept,
   * or a reader that waits for one would hold the chunk that it came in.
   */
  startNext(): void {
    this.head.reset();
    this.#state = STATE.start;
    this.#sawEmptyLine = false;
    this.#window.keepFrom = this.#window.pos;
    this.#window.release();
  }

  /** Whether nothing of the chunk is needed here any more. */
  hasLetGo(chunk: Buffer): boolean {
    this.#window.release();
    const { bytes } = this.head.fields;
    return this.#window.bytes !== chunk && bytes !== chunk && this.trailers.bytes !== chunk;
  }

  /** After a 101: what came behind the request, in another protocol. */
  takeUnread(): Buffer | null {
    return this.#window.takeUnread();
  }

  #readStart(): Event {
    const window = this.#window;
    const first = window.bytes[window.pos];
    if (window.pos === window.end) return EVENT.needData;
    if (first === CR || first === LF) return this.#skipEmptyLine();
    const end = Math.min(window.end, window.pos + this.#lineBytes);
    if (window.stillWaits(end)) return this.#needMore(end);
    const result = readRequestLine(window, end, this.head);
    if (result === null) return this.#needMore(end);
    if (result !== LINE_END) return this.#violate(result);
    this.#state = STATE.fields;
    return this.#readFields();
  }

  /** RFC 9112 section 2.2: one empty line before a request is ignored. */
  #skipEmptyLine(): Event {
    const window = this.#window;
    if (window.bytes[window.pos] === LF) return this.#violate(requestFault("bareLf"));
    if (window.unread === 1) return EVENT.needData;
    if (window.bytes[window.pos + 1] !== LF) return this.#violate(requestFault("bareCr"));
    if (this.#sawEmptyLine) return this.#violate(requestFault("leadingLines"));
    this.#sawEmptyLine = true;
    window.keepFrom = window.pos += 2;
    return this.#readStart();
  }

  #readFields(): Event {
    const window = this.#window;
    const { headBytes, fieldCount } = this.limits;
    const end = Math.min(window.end, window.keepFrom + headBytes);
    if (window.stillWaits(end)) return this.#needMore(end);
    const result = readFieldLines(window, end, this.head.fields, fieldCount);
    if (result === null) return this.#needMore(end);
    if (result === "fieldCount") return this.#exceed("field_count");
    if (result !== SECTION_END) return this.#violate(requestFault(result));
    return this.#completeHead();
  }

  #completeHead(): Event {
    const violation = completeRequest(this.head);
    if (violation !== null) return this.#violate(violation);
    this.#window.keepFrom = this.#window.pos;
    this.#state = this.#body.begin(this.head.framing) ? STATE.body : STATE.end;
    return EVENT.head;
  }

  #readBody(): Event {
    const event = this.#body.next(this.#window);
    if (event === EVENT.end) this.#state = STATE.end;
    else if (event === EVENT.trailers) nominateTrailers(this.head.fields, this.trailers);
    else if (event === EVENT.fault) return this.#failBody(this.#body.fault!);
    return event;
  }

  #failBody(fault: PeerFault | LimitFault): Event {
    return isLimit(fault) ? this.#exceed(fault) : this.#violate(requestFault(fault));
  }

  /** What is there before `end` is not enough; if more is there, it is beyond the limit that `end` stands for. */
  #needMore(end: number): Event {
    if (this.#window.end === end) return EVENT.needData;
    const isLine = this.#state === STATE.start && this.#lineBytes < this.limits.headBytes;
    return this.#exceed(isLine ? "line_bytes" : "head_bytes");
  }

  #exceed(limit: LimitFault): Event {
    return this.#violate({ code: `limit.${limit}`, rule: null });
  }

  #violate(violation: Violation): Event {
    this.violation = violation;
    this.#state = STATE.faulted;
    return EVENT.fault;
  }
}

function isLimit(fault: PeerFault | LimitFault): fault is LimitFault {
  return fault === "head_bytes" || fault === "field_count" || fault === "line_bytes";
}

const STATE = { start: 0, fields: 1, body: 2, end: 3, faulted: 4 } as const;
type State = (typeof STATE)[keyof typeof STATE];
