/**
 * One source of targets for one upstream: begins its provider anew when it fails, keeps the last good list meanwhile
 * for as long as that is wanted, and slows down what flaps. What is told is told as it is, equal lists once.
 */
import type { TargetInput } from "../config/schema/upstream.ts";
import { formatTarget } from "../config/values/target-address.ts";
import { connectionWords } from "./connection-words.ts";
import {
  type ProviderEvents,
  type ProviderTools,
  SourceError,
  type SourceProblem,
  type TargetList,
} from "./contract.ts";

/** A provider with its settings. */
export type BoundProvider = (
  events: ProviderEvents,
  tools: ProviderTools,
  stop: AbortSignal,
) => Promise<void>;

export interface SourceTools extends ProviderTools {
  nowMs(): number;
  wallMs(): number;
}

/** As people are told of it. */
export interface SourceState {
  /** Of the list in force; null before the first. */
  readonly version: string | null;
  readonly targets: number;
  /** Since when that list is in force, since 1970; null before the first. */
  readonly sinceMs: number | null;
  /** When the source answered last, since 1970. */
  readonly answeredMs: number | null;
  /** Null: it answers. */
  readonly problem: SourceProblem | null;
  /** The list was kept for too long after the source was lost, and is given up. */
  readonly expired: boolean;
}

export interface SourceEvents {
  /** These are the targets from now on; none when the source has been lost for too long. */
  onTargets(targets: readonly TargetInput[]): void;
  /** Null: it answers again. */
  onProblem(problem: SourceProblem | null): void;
}

export class Source {
  /** Settles, without throwing, after the first list or failure. */
  readonly first: Promise<void>;
  readonly #provider: BoundProvider;
  readonly #keepMs: number;
  readonly #tools: SourceTools;
  readonly #events: SourceEvents;
  readonly #stop = new AbortController();
  readonly #settled = Promise.withResolvers<void>();
  #list: TargetList | null = null;
  #waiting: TargetList | null = null;
  /** What distinguishes the list in force from others. */
  #key = "";
  #sinceMs: number | null = null;
  #answeredMs: number | null = null;
  #problem: SourceProblem | null = null;
  #expired = false;
  #toldMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #keeping: AbortController | null = null;

  /** @param keepMs how long the last good list holds while the source fails; `Infinity`: for good */
  constructor(provider: BoundProvider, keepMs: number, tools: SourceTools, events: SourceEvents) {
    this.#provider = provider;
    this.#keepMs = keepMs;
    this.#tools = tools;
    this.#events = events;
    this.first = this.#settled.promise;
  }

  get state(): SourceState {
    return {
      version: this.#list?.version ?? null,
      targets: this.#list?.targets.length ?? 0,
      sinceMs: this.#sinceMs,
      answeredMs: this.#answeredMs,
      problem: this.#problem,
      expired: this.#expired,
    };
  }

  /** Null before the first list. */
  get targets(): readonly TargetInput[] | null {
    if (this.#list === null) return null;
    return this.#expired ? [] : this.#list.targets;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
    this.#keeping?.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const events: ProviderEvents = {
      onTargets: (list) => this.#onTargets(list),
      onProblem: (problem) => this.#onProblem(problem),
    };
    while (!signal.aborted) {
      try {
        await this.#provider(events, this.#tools, signal);
        if (!signal.aborted) this.#onProblem({ code: "unreachable", message: "the source has ended" });
      } catch (error) {
        if (!signal.aborted) this.#onProblem(problemOf(error));
      }
      await this.#tools.pause(this.#backoffMs(), signal);
    }
  }

  #backoffMs(): number {
    const stepMs = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures++, LONGEST_BACKOFF_MS);
    return stepMs * (0.5 + this.#tools.random.nextUint32() / 2 ** 33);
  }

  #onTargets(list: TargetList): void {
    if (this.#stop.signal.aborted) return;
    this.#failures = 0;
    this.#answeredMs = this.#tools.wallMs();
    this.#endProblem();
    const isWaiting = this.#waiting !== null;
    this.#waiting = list;
    if (!isWaiting) void this.#take();
  }

  /** At once when nothing was told for a while; else at the end of that while, and then the last of all. */
  async #take(): Promise<void> {
    const sinceToldMs = this.#tools.nowMs() - this.#toldMs;
    if (sinceToldMs < SETTLE_MS) await this.#tools.pause(SETTLE_MS - sinceToldMs, this.#stop.signal);
    const list = this.#waiting!;
    this.#waiting = null;
    if (this.#stop.signal.aborted) return;
    const key = keyOf(list.targets);
    const isNew = this.#list === null || key !== this.#key || this.#expired;
    this.#list = list;
    this.#key = key;
    this.#expired = false;
    if (!isNew) return;
    this.#sinceMs = this.#tools.wallMs();
    this.#toldMs = this.#tools.nowMs();
    this.#events.onTargets(list.targets);
    this.#settled.resolve();
  }

  #onProblem(problem: SourceProblem): void {
    this.#settled.resolve();
    const isNew = this.#problem?.message !== problem.message;
    this.#problem = problem;
    if (isNew) this.#events.onProblem(problem);
    if (this.#keeping === null && Number.isFinite(this.#keepMs)) void this.#keep();
  }

  #endProblem(): void {
    this.#keeping?.abort();
    this.#keeping = null;
    if (this.#problem === null) return;
    this.#problem = null;
    this.#events.onProblem(null);
  }

  /** Gives the list up once it has been kept for long enough. */
  async #keep(): Promise<void> {
    const keeping = new AbortController();
    this.#keeping = keeping;
    if (!(await this.#tools.pause(this.#keepMs, keeping.signal)) || this.#list === null) return;
    this.#expired = true;
    this.#events.onTargets([]);
  }
}

/** What a provider throws that is no `SourceError` is a library's own word for not getting through. */
function problemOf(error: unknown): SourceProblem {
  if (error instanceof SourceError) return error.problem;
  return { code: "unreachable", message: connectionWords(error) };
}

/** The order in which targets are told means nothing. */
function keyOf(targets: readonly TargetInput[]): string {
  return targets
    .map(({ address, ...rest }) => `${formatTarget(address)} ${JSON.stringify(rest)}`)
    .sort()
    .join("\n");
}

/** A source that changes faster than this is followed at this pace. */
const SETTLE_MS = 100;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
