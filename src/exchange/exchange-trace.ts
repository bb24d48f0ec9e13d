/**
 * One exchange as tracing sees it: the ids that go on to targets, and what happened to each attempt when. Plain data;
 * spans are made of it at the end (src/tracing), and only if it is sampled.
 */
import type { Random } from "../base/random.ts";
import type { ExchangeRecord } from "../observe/exchange-record.ts";
import type { ClientIdentity } from "../pipeline/forwarding.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import {
  formatTraceparent,
  isTracestate,
  parseTraceparent,
  TRACE_FLAG,
  type TraceContext,
} from "../protocol/http/trace-context.ts";
import { AttemptTrace } from "./attempt-trace.ts";

/** Decides which exchanges are traced, and takes those that are over. */
export interface Tracer {
  /** @param parent what the client said, if it is to be believed */
  begin(parent: TraceContext | null): ExchangeTrace;
  /** Whether what this client says of a trace is of use. */
  believes(client: ClientIdentity): boolean;
  /** Only those that are sampled; valid while this runs, as every record is. */
  end(trace: ExchangeTrace, exchange: TracedExchange): void;
}

/** What spans say beside the attempts. */
export interface TracedExchange {
  readonly record: ExchangeRecord;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly scheme: "http" | "https";
  /** The path that the route is for. */
  readonly pathPattern: string | null;
}

export function beginTrace(tracer: Tracer, head: RequestHead, client: ClientIdentity): ExchangeTrace {
  return tracer.begin(takeParent(head, tracer.believes(client)));
}

/**
 * What the client said of a trace, if it is to be believed. It is taken out of the request, so that no target hears
 * it as if it were ours: `traceparent` goes on anew, `tracestate` as it is when it may.
 */
export function takeParent({ fields }: RequestHead, isBelieved: boolean): TraceContext | null {
  const given = fields.get("traceparent");
  const parent = given === null || !isBelieved ? null : parseTraceparent(given);
  fields.endHere("traceparent");
  if (parent === null || !isTracestate(fields.get("tracestate") ?? "")) fields.endHere("tracestate");
  return parent;
}

export class ExchangeTrace {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly flags: number;
  /** In the order in which they began; two may be under way at once. */
  readonly attempts: AttemptTrace[] = [];
  readonly #random: Random;

  /** @param flags see `TRACE_FLAG` */
  constructor(traceId: string, parentSpanId: string | null, flags: number, random: Random) {
    this.traceId = traceId;
    this.parentSpanId = parentSpanId;
    this.flags = flags;
    this.#random = random;
    this.spanId = newSpanId(random);
  }

  get isSampled(): boolean {
    return (this.flags & TRACE_FLAG.sampled) !== 0;
  }

  /** For whoever is asked on behalf of the exchange as a whole. */
  get traceparent(): string {
    return this.#traceparentOf(this.spanId);
  }

  attempt(target: string, nowMs: number): AttemptTrace {
    const spanId = newSpanId(this.#random);
    const attempt = new AttemptTrace(spanId, target, this.#traceparentOf(spanId), nowMs);
    this.attempts.push(attempt);
    return attempt;
  }

  #traceparentOf(spanId: string): string {
    return formatTraceparent({ traceId: this.traceId, spanId, flags: this.flags });
  }
}

/** 32 digits. Chosen at random as a whole, so that every part of it is. */
export function newTraceId(random: Random): string {
  return newSpanId(random) + newSpanId(random);
}

/** 16 digits, not all of them zero (section 3.2.2.4). */
function newSpanId(random: Random): string {
  const digits = hex8(random.nextUint32()) + hex8(random.nextUint32());
  return digits === NOTHING ? newSpanId(random) : digits;
}

function hex8(word: number): string {
  return word.toString(16).padStart(8, "0");
}

const NOTHING = "0".repeat(16);
