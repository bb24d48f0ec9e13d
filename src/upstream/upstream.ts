/**
 * A named group of targets and the policy that chooses among them. Targets come and go while it runs. Who takes how
 * much is worked out when something changes (`#refresh`), so that a pick only reads. It outlives snapshots.
 */
import type { Timed, Timers } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { UNSEEN_METERS } from "../observe/metrics/meters.ts";
import type { UpstreamMeter } from "../observe/metrics/target-meter.ts";
import type { AddedField } from "../protocol/http/outbound-request.ts";
import { Admission, type BreakerSettings } from "./admission.ts";
import { AnswerTimes } from "./answer-times.ts";
import { accepts, type Balancer, type BalancerTools, type PickRequest } from "./balancer/balancer.ts";
import { type BalancePolicy, createBalancer } from "./balancer/index.ts";
import { tierInUse } from "./balancer/priority.ts";
import type { StickyBalancer } from "./balancer/sticky.ts";
import { nearest } from "./balancer/zone.ts";
import { Judge } from "./health/judge.ts";
import type { OutlierSettings } from "./health/outliers.ts";
import type { QueueWaiter } from "./request-queue.ts";
import { RetryBudget } from "./retry-budget.ts";
import { assignShares } from "./shares.ts";
import type { Target, TargetGroup } from "./target.ts";

export interface UpstreamSettings {
  readonly balance: BalanceSettings;
  /** Null: nobody is ejected. */
  readonly outliers: OutlierSettings | null;
  readonly breaker: BreakerSettings;
}

/** The policy, and among which of the targets it chooses. */
export type BalanceSettings = BalancePolicy & {
  /** How long a target that is new or has come back takes to its full share. 0: it has it at once. */
  readonly slowStartMs: number;
  /** A tier or zone of which less than this share is healthy is not relied upon. From 0 to 1. */
  readonly failoverBelow: number;
  /** Where we are: targets there are preferred. */
  readonly zone: string | null;
};

export interface UpstreamTools {
  readonly random: Random;
  readonly timers: Timers;
}

export class Upstream implements TargetGroup, Timed {
  name: string;
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  /** Given by whoever shows what is counted. */
  meter: UpstreamMeter = UNSEEN_METERS.upstream("");
  /** Of all routes that lead here. */
  readonly retryBudget: RetryBudget = new RetryBudget();
  readonly hedgeBudget: RetryBudget = new RetryBudget();
  /** Copies of requests that are under way. */
  mirrored = 0;
  /** Of requests that may be hedged. */
  readonly answerTimes: AnswerTimes = new AnswerTimes();
  readonly #tools: UpstreamTools;
  #targets: readonly Target[];
  #settings: UpstreamSettings;
  #balancer: Balancer<Target> | StickyBalancer<Target>;
  #judge: Judge<Target>;
  readonly #admission: Admission;
  #closed = false;

  constructor(name: string, targets: readonly Target[], settings: UpstreamSettings, tools: UpstreamTools) {
    this.name = name;
    this.#tools = tools;
    this.#targets = targets;
    this.#settings = settings;
    this.#balancer = createBalancer(settings.balance, this.#balancerTools);
    this.#judge = this.#makeJudge();
    this.#admission = new Admission(settings.breaker, this.#judge.circuit);
    this.#refresh();
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  get waiting(): number {
    return this.#admission.waiting;
  }

  get queueMs(): number {
    return this.#admission.queueMs;
  }

  /** Whoever holds this upstream finds these targets and settings at its next attempt. Who leaves is not closed. */
  use(targets: readonly Target[], settings: UpstreamSettings): void {
    const before = this.#settings;
    for (const target of targets) {
      if (!this.#targets.includes(target)) target.availableSinceMs = Number.POSITIVE_INFINITY;
    }
    for (const target of this.#targets) if (!targets.includes(target)) target.leave();
    this.#targets = targets;
    this.#settings = settings;
    if (!Bun.deepEquals(settings.balance, before.balance)) {
      this.#balancer = createBalancer(settings.balance, this.#balancerTools);
    }
    if (!Bun.deepEquals([settings.outliers, settings.breaker], [before.outliers, before.breaker])) {
      this.#judge = this.#makeJudge();
      this.#admission.use(settings.breaker, this.#judge.circuit);
    }
    this.#refresh();
  }

  /** Takes a target out by hand, or back. False: there is none of that name. */
  setDrained(name: string, drained: boolean): boolean {
    const meant = this.#targets.filter((target) => target.name === name);
    for (const { health } of meant) health.drained = drained;
    if (meant.length > 0) this.#refresh();
    return meant.length > 0;
  }

  /** By active checks; null: it is not looked at, or not yet. */
  setChecked(name: string, up: boolean | null): void {
    const changed = this.#targets.filter((target) => target.name === name && target.health.checkedUp !== up);
    for (const { health } of changed) health.checkedUp = up;
    if (changed.length > 0) this.#refresh();
  }

  /**
   * The target for the next attempt, never one of `tried`; null: see `refusal`.
   * @param before the target of the attempt before, whose place this one takes
   */
  pick(request: PickRequest, tried: readonly Target[], before: Target | null = null): Target | null {
    if (!this.#admission.hasRoom(before?.group === this ? 1 : 0)) return null;
    return this.#balancer.pick(request, tried) ?? this.#lastResort(tried);
  }

  /** Whether another attempt may go to the target of the one before, whose place it takes. */
  mayKeep(target: Target): boolean {
    return target.group === this && target.share > 0 && this.#admission.hasRoom(1);
  }

  /** Why there is no target for a request that has tried none. */
  get refusal(): "upstream.no_target" | "upstream.circuit_open" | "limit.upstream_requests" {
    if (this.#admission.isTripped) return "upstream.circuit_open";
    if (this.#targets.some(({ share }) => share > 0)) return "limit.upstream_requests";
    const isTripped = this.#targets.some(({ health, weight }) => weight > 0 && health.out === "tripped");
    return isTripped ? "upstream.circuit_open" : "upstream.no_target";
  }

  /** False: nobody may wait, or too many do. */
  wait(waiter: QueueWaiter): boolean {
    return this.refusal === "limit.upstream_requests" && this.#admission.wait(waiter);
  }

  stopWaiting(waiter: QueueWaiter): void {
    this.#admission.stopWaiting(waiter);
  }

  /** Every target that takes requests once, in the order of the policy. */
  *candidates(request: PickRequest): Generator<Target, void, void> {
    const tried: Target[] = [];
    for (let target = this.pick(request, tried); target !== null; target = this.pick(request, tried)) {
      tried.push(target);
      yield target;
    }
  }

  /** What to add to an answer of this target so that the client comes back to it; null: nothing. */
  cookieFor(request: PickRequest, target: Target): AddedField | null {
    const balancer = this.#balancer;
    return "cookieFor" in balancer ? balancer.cookieFor(request, target) : null;
  }

  begun(target: Target): void {
    this.#admission.active++;
    this.#balancer.loadChanged?.(target);
  }

  ended(target: Target): void {
    this.#admission.active--;
    this.#balancer.loadChanged?.(target);
    this.#admission.serve();
  }

  answered(target: Target, status: number, latencyMs: number, nowMs: number): void {
    this.#judge.answered(target, status, latencyMs, nowMs);
    this.#afterVerdict(target);
  }

  failed(target: Target, nowMs: number): void {
    this.#judge.failed(target, nowMs);
    this.#afterVerdict(target);
  }

  /** A step of a slow start is due, an ejection is over, or something else that waits for its time. */
  expire(nowMs: number): void {
    if (this.#judge.tick(nowMs) || this.#isRamping()) this.#refresh();
    else this.#schedule();
  }

  /** No longer configured. What holds it still may go on to ask; its targets are closed by who made them. */
  close(): void {
    this.#closed = true;
    this.#tools.timers.disarm(this);
  }

  get #balancerTools(): BalancerTools {
    const { random, timers } = this.#tools;
    return { random, clock: timers.clock };
  }

  #makeJudge(): Judge<Target> {
    const { outliers, breaker } = this.#settings;
    return new Judge({ outliers, circuit: breaker.circuit, adaptive: breaker.adaptive }, () =>
      this.#refresh(),
    );
  }

  /** Something of a target has changed: shares and limits are worked out anew, then the policy is told. */
  #refresh(): void {
    const targets = this.#targets;
    const { failoverBelow, zone, slowStartMs } = this.#settings.balance;
    this.#judge.update(targets);
    this.#admission.active = targets.reduce((sum, { active }) => sum + active, 0);
    for (const target of targets) {
      target.group = this;
      target.limit = this.#admission.limitOf(target.health);
    }
    assignShares(targets, slowStartMs, this.#nowMs());
    this.#balancer.update(nearest(tierInUse(targets, failoverBelow), zone, failoverBelow));
    this.#schedule();
    this.#admission.serve();
  }

  #afterVerdict(target: Target): void {
    if (target.health.adaptive !== null) target.limit = this.#admission.limitOf(target.health);
    if (this.#judge.takeBegunWindow()) this.#schedule();
  }

  #isRamping(): boolean {
    return this.#targets.some(({ share, weight }) => share > 0 && share < weight);
  }

  #schedule(): void {
    if (this.#closed) return;
    const stepMs = this.#settings.balance.slowStartMs / RAMP_STEPS;
    const rampMs = this.#isRamping() ? this.#nowMs() + stepMs : Number.POSITIVE_INFINITY;
    this.deadlineMs = Math.min(this.#judge.deadlineMs, rampMs);
    this.#tools.timers.arm(this);
  }

  /** The policy's own choice is exhausted: other tiers and zones, and on a retry those that are only suspected. */
  #lastResort(tried: readonly Target[]): Target | null {
    let suspect: Target | null = null;
    for (const target of this.#targets) {
      if (!accepts(target, tried)) continue;
      if (target.share > 0) return target;
      if (target.weight > 0 && target.health.out === "ejected") suspect ??= target;
    }
    return tried.length > 0 ? suspect : null;
  }

  #nowMs(): number {
    return this.#tools.timers.clock.nowMs();
  }
}

const RAMP_STEPS = 20;
