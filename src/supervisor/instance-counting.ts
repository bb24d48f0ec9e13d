/**
 * What an instance counts: the supervisor has places made in the shared memory before workers are told of a
 * configuration, and counts itself what is nobody's but its own.
 */
import { declareMeters } from "../compile/declare-meters.ts";
import type { Configuration } from "../config/model.ts";
import { realClock } from "../io/real-clock.ts";
import type { OwnedSharedMemory } from "../io/shared-memory.ts";
import { SharedMeters } from "../observe/metrics/meters.ts";
import type { InstanceMeter } from "../observe/metrics/process-meter.ts";
import { FoldedSeries } from "../runtime/folded-series.ts";
import type { LogEvent } from "../runtime/log.ts";

export class InstanceCounting {
  readonly #meters: SharedMeters;
  readonly #folded: FoldedSeries;
  readonly #instance: InstanceMeter;
  /** What was asked for last, and not settled: asking for ten thousand routes takes a while. */
  #prepared: Configuration | null = null;

  constructor(memory: OwnedSharedMemory, log: LogEvent) {
    this.#folded = new FoldedSeries(log);
    // Its own counts are in rows that have one part for all, so the slot of the first worker does for the rest.
    this.#meters = SharedMeters.owned(memory.rows, 0, () => realClock.wallMs());
    this.#instance = this.#meters.instance();
    this.#instance.started(realClock.wallMs());
  }

  /** For workers that are about to be told of it. `use` must follow, of this one or of that before. */
  prepare(configuration: Configuration): void {
    this.#meters.begin();
    declareMeters(configuration, this.#meters);
    this.#prepared = configuration;
  }

  /** It is in force: what belongs to no part of it is shown no more. */
  use(configuration: Configuration): void {
    if (this.#prepared !== configuration) this.prepare(configuration);
    this.#prepared = null;
    this.#folded.tell(this.#meters.settle());
  }

  reloaded(done: boolean): void {
    this.#instance.reloaded(done, realClock.wallMs());
  }

  ordered(obtained: boolean): void {
    this.#instance.ordered(obtained);
  }
}
