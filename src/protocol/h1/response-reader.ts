/**
 * Bytes of an upstream connection to answer events (RFC 9112), as strict as RequestReader: an answer that
 * two hops could read differently is as dangerous as such a request. Interim heads come as further heads.
 */
import { nominateTrailers } from "../http/connection-options.ts";
import type { FieldBlock } from "../http/field-block.ts";
import type { LimitFault, PeerFault } from "../http/peer-fault.ts";
import { isInformational, ResponseHead } from "../http/response-head.ts";
import { type AnsweredRequest, completeResponse } from "../http/response-rules.ts";
import { responseFault, type Violation } from "../http/violation.ts";
import { BodyReader } from "./body-reader.ts";
import { EVENT, type Event } from "./events.ts";
import { readFieldLines, SECTION_END } from "./field-lines.ts";
import type { CodecLimits } from "./limits.ts";
import { readStatusLine, STATUS_END } from "./status-line.ts";
import { Window } from "./window.ts";

export class ResponseReader {
  readonly head: ResponseHead = new ResponseHead();
  violation: Violation | null = null;
  readonly #limits: CodecLimits;
  readonly #window: Window = new Window();
  readonly #body: BodyReader;
  #request: AnsweredRequest = NO_REQUEST;
  #state: State = STATE.end;
  #interimHeads = 0;

  constructor(limits: CodecLimits) {
    this.#limits = limits;
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

  get unread(): number {
    return this.#window.unread;
  }

  /** Whether a byte of the final answer's head, or of an interim one, has come. */
  get untouched(): boolean {
    return this.#state === STATE.status && this.#window.unread === 0 && this.#interimHeads === 0;
  }

  /** A request has been sent: its answer comes next. */
  begin(request: AnsweredRequest): void {
    this.#request = request;
    this.#state = STATE.status;
    this.#interimHeads = 0;
    this.#window.keepFrom = this.#window.pos;
    this.violation = null;
  }

  push(chunk: Buffer): void {
    const moved = this.#window.push(chunk);
    if (moved < 0) return;
    if (this.#state === STATE.fields) this.head.rebase(this.#window.bytes, moved);
    else if (this.#state === STATE.body) this.#body.rebase(this.#window.bytes, moved);
  }

  next(): Event {
    switch (this.#state) {
      case STATE.status:
        return this.#readStatus();
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

  /** The upstream has sent its FIN: `EVENT.end` when that ends the answer, else a fault. */
  finish(): Event {
    if (this.#state === STATE.end) return EVENT.end;
    if (this.#state !== STATE.body) return this.#violate(responseFault("truncated"));
    if (this.#body.finish() === EVENT.fault) return this.#violate(responseFault("truncated"));
    this.#state = STATE.end;
    return EVENT.end;
  }

  /** After a 101: what came behind its head, in another protocol. */
  takeUnread(): Buffer | null {
    return this.#window.takeUnread();
  }

  /** Whether nothing of the chunk is needed here any more; a head that lies in it gets memory of its own. */
  letGo(chunk: Buffer): boolean {
    // Who is held behind its last byte does not ask for more, and so has not released it.
    this.#window.release();
    if (this.#window.bytes === chunk || this.#body.trailers.bytes === chunk) return false;
    if (this.head.fields.bytes === chunk) this.head.detach();
    return true;
  }

  /** Lets go of the last chunk once all of it is read; of the head too, once the answer is complete. */
  release(): void {
    this.#window.release();
    if (this.#state !== STATE.end) return;
    this.head.fields.reset();
    this.#request = NO_REQUEST;
  }

  #readStatus(): Event {
    const window = this.#window;
    if (window.pos === window.end) return EVENT.needData;
    const end = this.#headEnd();
    if (window.stillWaits(end)) return this.#needMore(end);
    this.head.reset();
    const result = readStatusLine(window, end, this.head);
    if (result === null) return this.#needMore(end);
    if (result !== STATUS_END) return this.#violate(result);
    this.#state = STATE.fields;
    return this.#readFields();
  }

  #readFields(): Event {
    const window = this.#window;
    const end = this.#headEnd();
    if (window.stillWaits(end)) return this.#needMore(end);
    const result = readFieldLines(window, end, this.head.fields, this.#limits.fieldCount);
    if (result === null) return this.#needMore(end);
    if (result === "fieldCount") return this.#exceed();
    if (result !== SECTION_END) return this.#violate(responseFault(result));
    return this.#completeHead();
  }

  #completeHead(): Event {
    const violation = completeResponse(this.head, this.#request);
    if (violation !== null) return this.#violate(violation);
    this.#window.keepFrom = this.#window.pos;
    if (isInformational(this.head.status)) {
      if (++this.#interimHeads > MAX_INTERIM_HEADS) return this.#violate(responseFault("informational"));
      this.#state = STATE.status;
      return EVENT.head;
    }
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
    if (fault === "head_bytes" || fault === "field_count" || fault === "line_bytes") return this.#exceed();
    return this.#violate(responseFault(fault));
  }

  /** How far the head may be looked at. */
  #headEnd(): number {
    const window = this.#window;
    return Math.min(window.end, window.keepFrom + this.#limits.headBytes);
  }

  /** What is there before `end` is not enough; if more is there, it is beyond the limit that `end` stands for. */
  #needMore(end: number): Event {
    return this.#window.end === end ? EVENT.needData : this.#exceed();
  }

  /** The limits on heads protect us from upstreams too; the answer to the client is a 502. */
  #exceed(): Event {
    return this.#violate(responseFault("headTooLarge"));
  }

  #violate(violation: Violation): Event {
    this.violation = violation;
    this.#state = STATE.faulted;
    return EVENT.fault;
  }
}

const STATE = { status: 0, fields: 1, body: 2, end: 3, faulted: 4 } as const;
type State = (typeof STATE)[keyof typeof STATE];

const NO_REQUEST: AnsweredRequest = { method: "", upgrade: false, upgradeTo: "" };
/** An upstream that answers with interim heads for ever is cut off; RFC 9110 sets no limit. */
const MAX_INTERIM_HEADS = 32;
