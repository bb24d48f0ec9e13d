/**
 * The record of an HTTP exchange: a window on its tally and the head of its request, so that no text is made
 * unless somebody asks for it. It holds only while the exchange does (see observe/exchange-record.ts).
 */
import type { ProxyError } from "../base/proxy-error.ts";
import { type CloseSide, closedBy } from "../observe/closed-by.ts";
import type { ExchangeRecord, RecordSource } from "../observe/exchange-record.ts";
import { type RequestHead, TARGET_FORM } from "../protocol/http/request-head.ts";
import type { RequestId } from "../protocol/http/request-id.ts";
import type { LastAttempt } from "./attempts.ts";
import type { Tally } from "./tally.ts";

/** What the exchange knows beside them. */
export interface RecordFacts {
  readonly listener: string;
  readonly route: string | null;
  readonly target: string | null;
  readonly remoteAddress: string;
  readonly attempts: number;
  /** Null without an attempt. */
  readonly last: LastAttempt | null;
}

export class HttpRecord implements ExchangeRecord, RecordSource {
  readonly kind = "http";
  readonly error: ProxyError | null;
  readonly totalMs: number;
  readonly #facts: RecordFacts;
  readonly #tally: Tally;
  readonly #head: RequestHead;
  readonly #requestId: RequestId;

  constructor(
    facts: RecordFacts,
    tally: Tally,
    head: RequestHead,
    requestId: RequestId,
    error: ProxyError | null,
    nowMs: number,
  ) {
    this.#facts = facts;
    this.#tally = tally;
    this.#head = head;
    this.#requestId = requestId;
    this.error = error;
    this.totalMs = nowMs - tally.startedMs;
  }

  get listener(): string {
    return this.#facts.listener;
  }

  get route(): string | null {
    return this.#facts.route;
  }

  get target(): string | null {
    return this.#facts.target;
  }

  get remoteAddress(): string {
    return this.#facts.remoteAddress;
  }

  get attempts(): number {
    return this.#facts.attempts;
  }

  get requestId(): string {
    return this.#requestId.toString();
  }

  get traceId(): string | null {
    return this.#tally.trace?.traceId ?? null;
  }

  get method(): string {
    return this.#head.method;
  }

  get host(): string {
    return this.#head.authority();
  }

  get path(): string {
    return this.#head.target();
  }

  get protocol(): string {
    if (this.#head.majorVersion === 2) return "HTTP/2.0";
    return this.#head.minorVersion === 0 ? "HTTP/1.0" : "HTTP/1.1";
  }

  get status(): number | null {
    return this.#tally.status === 0 ? null : this.#tally.status;
  }

  get reused(): boolean | null {
    return this.#facts.last?.reused ?? null;
  }

  get closedBy(): CloseSide | null {
    if (this.#tally.tunnelClosedBy !== null) return this.#tally.tunnelClosedBy;
    return this.error === null ? null : closedBy(this.error.code);
  }

  get receivedBytes(): number {
    return this.#tally.receivedBytes;
  }

  get sentBytes(): number {
    return this.#tally.sentBytes;
  }

  get queueMs(): number | null {
    return this.#tally.since(this.#facts.last?.attemptMs ?? -1);
  }

  get connectMs(): number | null {
    return this.#tally.since(this.#facts.last?.connectedMs ?? -1);
  }

  get headMs(): number | null {
    return this.#tally.since(this.#tally.headMs);
  }

  /** `*` stands in no range of its own. */
  get source(): RecordSource | null {
    return this.#head.targetForm === TARGET_FORM.asterisk ? null : this;
  }

  get id(): RequestId {
    return this.#requestId;
  }

  get bytes(): Buffer {
    return this.#head.fields.bytes;
  }

  get hostStart(): number {
    return this.#head.authorityStart;
  }

  get hostEnd(): number {
    return this.#head.authorityEnd;
  }

  get pathStart(): number {
    return this.#head.targetStart;
  }

  get queryStart(): number {
    return this.#head.pathEnd;
  }

  get pathEnd(): number {
    return this.#head.targetEnd;
  }

  requestField(lowerName: string): string | null {
    return this.#head.fields.get(lowerName);
  }

  requestFieldNames(): readonly string[] {
    return this.#head.fields.names();
  }

  answerField(lowerName: string): string | null {
    return this.#tally.answerFields?.get(lowerName) ?? null;
  }
}
