/**
 * What a serving process counts with: its meters, and the timer that has it say now and then how it is. Either it has
 * the memory for itself, or a supervisor has made it and given a slot in it.
 */
import type { Clock } from "../base/clock.ts";
import { processFacts } from "../io/process-facts.ts";
import { refreshClock } from "../io/real-clock.ts";
import { sharedEpochMs } from "../io/shared-clock.ts";
import { localSharedMemory, type SharedMemory } from "../io/shared-memory.ts";
import { SharedMeters } from "../observe/metrics/meters.ts";
import type { ProcessMeter } from "../observe/metrics/process-meter.ts";
import { FoldedSeries } from "./folded-series.ts";
import type { LogEvent } from "./log.ts";

/** A place to count in that somebody else shows. */
export interface CountingPlace {
  readonly memory: SharedMemory;
  readonly slot: number;
}

/** What is not counted as it happens. */
export interface CountedWhenAsked {
  /** Writes down how busy targets are. */
  readonly countLoads: () => void;
  /** Of access logs, since the start. */
  readonly lostLines: () => number;
  /** Likewise. */
  readonly droppedSpans: () => number;
}

export class ProcessCounting {
  readonly memory: SharedMemory;
  readonly meters: SharedMeters;
  readonly #process: ProcessMeter;
  readonly #folded: FoldedSeries | null;
  readonly #sources: CountedWhenAsked;
  /** As far as they are counted. */
  #lostLines = 0;
  #droppedSpans = 0;
  #timer: Timer | null = null;
  #dueMs = 0;
  #untilSample = 0;

  /** @param folded null where a supervisor tells of it */
  private constructor(
    memory: SharedMemory,
    meters: SharedMeters,
    sources: CountedWhenAsked,
    folded: FoldedSeries | null,
  ) {
    this.memory = memory;
    this.#folded = folded;
    this.meters = meters;
    this.#process = meters.process();
    this.#sources = sources;
  }

  static alone(clock: Clock, sources: CountedWhenAsked, log: LogEvent): ProcessCounting {
    const memory = localSharedMemory(clock.wallMs());
    memory.takeSlot(0, process.pid, clock.wallMs());
    const meters = SharedMeters.owned(memory.rows, 0, () => clock.wallMs());
    meters.instance().started(clock.wallMs());
    return new ProcessCounting(memory, meters, sources, new FoldedSeries(log));
  }

  static at({ memory, slot }: CountingPlace, sources: CountedWhenAsked): ProcessCounting {
    return new ProcessCounting(
      memory,
      SharedMeters.joined(memory.rows, slot, sharedEpochMs()),
      sources,
      null,
    );
  }

  /** Another configuration is in force, and everything in it has asked for its meters. */
  settle(): void {
    const folded = this.meters.settle();
    this.#folded?.tell(folded);
  }

  begin(): void {
    this.#dueMs = refreshClock() + LOOK_MS;
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    this.sample();
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** At once, for who is about to show it. */
  sample(): void {
    this.#untilSample = LOOKS_PER_SAMPLE;
    this.#process.set(processFacts());
    const [lostLines, droppedSpans] = [this.#sources.lostLines(), this.#sources.droppedSpans()];
    this.#process.linesLost(lostLines - this.#lostLines);
    this.#process.spansDropped(droppedSpans - this.#droppedSpans);
    this.#lostLines = lostLines;
    this.#droppedSpans = droppedSpans;
    this.#sources.countLoads();
  }

  #look(): void {
    const nowMs = refreshClock();
    this.#process.late(Math.max(0, nowMs - this.#dueMs));
    this.#dueMs = nowMs + LOOK_MS;
    if (--this.#untilSample <= 0) this.sample();
  }
}

/** How often the event loop is asked whether it comes in time. */
const LOOK_MS = 500;
const LOOKS_PER_SAMPLE = 10;
