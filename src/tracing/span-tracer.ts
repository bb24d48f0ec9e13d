/**
 * Which exchanges are traced: those whose caller says so, and of those that begin here a share. The others get ids as
 * well, so that targets and logs can be told apart by them, but no span.
 */
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { TracingModel } from "../config/model.ts";
import { ExchangeTrace, newTraceId, type TracedExchange, type Tracer } from "../exchange/exchange-trace.ts";
import type { Redaction } from "../observe/redaction.ts";
import type { ClientIdentity } from "../pipeline/forwarding.ts";
import { TRACE_FLAG, type TraceContext } from "../protocol/http/trace-context.ts";
import { spansOf } from "./exchange-spans.ts";
import type { SpanExporter } from "./otlp-exporter.ts";
import { SpanQueue, type SpansDropped } from "./span-queue.ts";

export interface TracerSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly redaction: Redaction;
  readonly onDropped: SpansDropped;
}

export class SpanTracer implements Tracer {
  readonly #model: TracingModel;
  readonly #exporter: SpanExporter;
  readonly #around: TracerSurroundings;
  readonly #queue: SpanQueue;
  readonly #threshold: number;

  constructor(model: TracingModel, exporter: SpanExporter, around: TracerSurroundings) {
    this.#model = model;
    this.#exporter = exporter;
    this.#around = around;
    this.#queue = new SpanQueue(exporter, around.onDropped);
    this.#threshold = Math.round(model.sample * 0x1_0000_0000);
  }

  /** Spans that were dropped since the start. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  believes({ trusted }: ClientIdentity): boolean {
    return trusted || this.#model.parents === "everyone";
  }

  begin(parent: TraceContext | null): ExchangeTrace {
    const { random } = this.#around;
    if (parent !== null) return new ExchangeTrace(parent.traceId, parent.spanId, parent.flags, random);
    const traceId = newTraceId(random);
    const flags = TRACE_FLAG.random | (this.#isChosen(traceId) ? TRACE_FLAG.sampled : 0);
    return new ExchangeTrace(traceId, null, flags, random);
  }

  end(trace: ExchangeTrace, exchange: TracedExchange): void {
    const { clock, redaction } = this.#around;
    const wallOffsetMs = clock.wallMs() - exchange.endedMs;
    this.#queue.add(spansOf(trace, exchange, { origin: this.#exporter.origin, redaction, wallOffsetMs }));
  }

  /** What waits is sent, if there is time. An export that hangs is left to its own timeout. */
  async close(limitMs: number): Promise<void> {
    await this.#queue.close(limitMs);
    this.#exporter.close().catch(() => {});
  }

  /** By the id's last seven bytes, which are the random ones: everybody who samples by them chooses the same. */
  #isChosen(traceId: string): boolean {
    return Number.parseInt(traceId.slice(-14, -6), 16) < this.#threshold;
  }
}
