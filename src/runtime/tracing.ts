/** The tracer in use, and the way to another one: made before anything is compiled, taken into use with the rest. */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { RedactModel, Settings, TracingModel } from "../config/model.ts";
import { createRedaction } from "../observe/redaction.ts";
import type { SpanTracer } from "../tracing/span-tracer.ts";
import type { LogEvent } from "./log.ts";

export interface PreparedTracer {
  readonly tracer: SpanTracer | null;
  commit(): void;
  discard(): void;
}

/** With what it was made from. */
interface MadeTracer {
  readonly model: TracingModel;
  readonly redact: RedactModel;
  readonly tracer: SpanTracer;
}

export class Tracing {
  readonly #log: LogEvent;
  readonly #clock: Clock;
  readonly #random: Random;
  #made: MadeTracer | null = null;
  /** By tracers that were left. */
  #dropped = 0;
  /** Tracers that are being left, with spans that wait. */
  #closing: Promise<unknown> = Promise.resolve();

  constructor(log: LogEvent, clock: Clock, random: Random) {
    this.#log = log;
    this.#clock = clock;
    this.#random = random;
  }

  /** Spans that were dropped since the start. */
  get dropped(): number {
    return this.#dropped + (this.#made?.tracer.dropped ?? 0);
  }

  /** One that stays as it is stays in use. */
  async prepare({ tracing, redact }: Settings): Promise<PreparedTracer> {
    const made = this.#made;
    if (tracing === null) return { tracer: null, commit: () => this.#use(null), discard() {} };
    if (made !== null && isDeepStrictEqual([made.model, made.redact], [tracing, redact])) {
      return { tracer: made.tracer, commit() {}, discard() {} };
    }
    const tracer = await this.#create(tracing, redact);
    return {
      tracer,
      commit: () => this.#use({ model: tracing, redact, tracer }),
      discard: () => void tracer.close(0),
    };
  }

  /** Sends what waits, for a moment. */
  async close(): Promise<void> {
    this.#use(null);
    await this.#closing;
  }

  async #create(model: TracingModel, redact: RedactModel): Promise<SpanTracer> {
    const [{ createOtlpExporter }, { SpanTracer }] = await Promise.all([
      import("../tracing/otlp-exporter.ts"),
      import("../tracing/span-tracer.ts"),
    ]);
    return new SpanTracer(model, await createOtlpExporter(model), {
      clock: this.#clock,
      random: this.#random,
      redaction: createRedaction(redact.headers, redact.query),
      onDropped: (count, cause) => this.#log({ level: "warn", event: "spans_dropped", count, cause }),
    });
  }

  #use(next: MadeTracer | null): void {
    const before = this.#made;
    this.#made = next;
    if (before !== null) this.#closing = Promise.all([this.#closing, this.#leave(before.tracer)]);
  }

  /** It may drop some more on its way out. */
  async #leave(tracer: SpanTracer): Promise<void> {
    const before = tracer.dropped;
    this.#dropped += before;
    await tracer.close(LAST_EXPORT_MS);
    this.#dropped += tracer.dropped - before;
  }
}

/** A collector that does not answer delays the end of the process by this much. */
const LAST_EXPORT_MS = 2_000;
