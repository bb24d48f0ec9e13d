/**
 * An hour of requests to five targets, on simulated time, through the parts that decide: the upstream with its policy,
 * outlier ejection and slow start, and the repetitions with their budget. Only the wire is left out. Targets have so
 * many workers, and what comes beyond waits for one.
 */
import { createRandom, type Random, randomShare } from "../../src/base/random.ts";
import { NO_BREAKER, STANDARD_OUTLIERS } from "../../src/config/schema/protection.ts";
import { KeptBody } from "../../src/exchange/kept-body.ts";
import { Retry } from "../../src/exchange/retry.ts";
import type { RetryPolicy } from "../../src/exchange/retry-policy.ts";
import type { Resolver } from "../../src/io/resolver.ts";
import type { PickRequest } from "../../src/upstream/balancer/balancer.ts";
import { Target } from "../../src/upstream/target.ts";
import { Upstream } from "../../src/upstream/upstream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { NO_POOL } from "../support/no-pool.ts";

/** What is wrong with a target now: it fails at once, or takes so many times longer. */
export type Trouble = { readonly kind: "down" } | { readonly kind: "slow"; readonly times: number };

export interface HourOptions {
  readonly perSecond: number;
  readonly seconds: number;
  readonly troubleOf: (target: number, second: number) => Trouble | null;
  readonly slowStartMs: number;
}

/** By second. */
export interface Second {
  requests: number;
  /** In all, and of each target. */
  attempts: number;
  readonly byTarget: number[];
  failed: number;
  /** The most that a target had to do at once. */
  readonly busiest: number[];
}

export const TARGETS = 5;
export const SERVICE_MS = 20;
export const WORKERS = 8;

const POLICY: RetryPolicy = {
  attempts: 3,
  conditions: new Set(["reset"]),
  statuses: new Set(),
  methods: null,
  bodyBytes: 0,
  perTryMs: Number.POSITIVE_INFINITY,
  backoffMs: 25,
  maxBackoffMs: 250,
  budget: 0.2,
};

export class FailingHour {
  readonly seconds: Second[];
  readonly #options: HourOptions;
  readonly #clock = new FakeClock();
  readonly #random: Random = createRandom([1, 2, 3, 4]);
  readonly #startMs: number;
  readonly #targets: readonly Target[];
  readonly #upstream: Upstream;
  /** When each worker of each target is free. */
  readonly #freeMs: number[][];
  /** What is due, by whole milliseconds since the start. */
  readonly #due = new Map<number, (() => void)[]>();

  constructor(options: HourOptions) {
    this.#options = options;
    this.#startMs = this.#clock.nowMs();
    const timers = this.#clock.timers;
    this.#targets = Array.from({ length: TARGETS }, (_, i) => {
      const address = { kind: "tcp", host: "10.0.0.1", port: 1 + i } as const;
      return new Target(
        { address, weight: 1, priority: 0, zone: null, protocol: "http1" },
        NO_POOL,
        RESOLVER,
        timers,
      );
    });
    const balance = {
      policy: "p2c",
      slowStartMs: options.slowStartMs,
      failoverBelow: 0.5,
      zone: null,
    } as const;
    const settings = { balance, outliers: STANDARD_OUTLIERS, breaker: NO_BREAKER };
    this.#upstream = new Upstream("group", this.#targets, settings, { random: this.#random, timers });
    this.#freeMs = this.#targets.map(() => Array<number>(WORKERS).fill(0));
    this.seconds = Array.from({ length: options.seconds }, () => ({
      requests: 0,
      attempts: 0,
      byTarget: Array<number>(TARGETS).fill(0),
      failed: 0,
      busiest: Array<number>(TARGETS).fill(0),
    }));
  }

  run(): Second[] {
    let nextMs = 0;
    const endMs = this.#options.seconds * 1_000;
    for (let ms = 0; ms < endMs; ms++) {
      while (nextMs <= ms) {
        this.#request();
        nextMs += -Math.log(1 - randomShare(this.#random)) * (1_000 / this.#options.perSecond);
      }
      for (const act of this.#due.get(ms) ?? []) act();
      this.#due.delete(ms);
      this.#clock.advance(1);
    }
    return this.seconds;
  }

  get #nowMs(): number {
    return this.#clock.nowMs() - this.#startMs;
  }

  get #second(): Second {
    return this.seconds[Math.floor(this.#nowMs / 1_000)]!;
  }

  #request(): void {
    this.#second.requests++;
    const { retryBudget } = this.#upstream;
    this.#attempt(new Retry(POLICY, new KeptBody(0), retryBudget, this.#random), []);
  }

  #attempt(retry: Retry, tried: readonly Target[]): void {
    const target = this.#upstream.pick(NO_KEY, tried) ?? this.#upstream.pick(NO_KEY, []);
    if (target === null) {
      this.#second.failed++;
      return;
    }
    const index = this.#targets.indexOf(target);
    const askedMs = this.#clock.nowMs();
    this.#second.attempts++;
    this.#second.byTarget[index]!++;
    retry.sent = true;
    target.hold();
    this.#second.busiest[index] = Math.max(this.#second.busiest[index]!, target.active);
    const trouble = this.#options.troubleOf(index, Math.floor(this.#nowMs / 1_000));
    this.#after(this.#takesMs(index, trouble), () => {
      const nowMs = this.#clock.nowMs();
      target.release();
      if (trouble?.kind !== "down") return target.answered(200, nowMs - askedMs, nowMs);
      target.failed(nowMs - askedMs, nowMs);
      if (!retry.allows("reset", nowMs)) this.#second.failed++;
      else this.#after(retry.pauseMs(), () => this.#attempt(retry, [...tried, target]));
    });
  }

  /** One that is down fails at once; otherwise a worker takes the request when it is free. */
  #takesMs(index: number, trouble: Trouble | null): number {
    if (trouble?.kind === "down") return 1;
    const workers = this.#freeMs[index]!;
    const first = workers.indexOf(Math.min(...workers));
    const beginMs = Math.max(workers[first]!, this.#nowMs);
    workers[first] = beginMs + SERVICE_MS * (trouble?.times ?? 1);
    return workers[first]! - this.#nowMs;
  }

  #after(ms: number, act: () => void): void {
    const due = Math.floor(this.#nowMs) + Math.max(1, Math.round(ms));
    if (due >= this.#options.seconds * 1_000) return;
    const others = this.#due.get(due);
    if (others === undefined) this.#due.set(due, [act]);
    else others.push(act);
  }
}

const NO_KEY: PickRequest = { keyOf: () => null };
const WATCHED = { name: "h", addresses: ["10.0.0.1"], failure: null, first: Promise.resolve() };
const RESOLVER: Resolver = { watch: () => WATCHED, unwatch() {}, reconfigure() {}, close() {} };
