/**
 * A named group of targets and the policy that chooses among them. Targets come and go while it runs. Who takes how
 * much is worked out when something changes (`#refresh`), so that a pick only reads. It outlives snapshots.
 */
import type { Timed, Timers } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { AddedField } from "../protocol/http/outbound-request.ts";
import { AnswerTimes } from "./answer-times.ts";
import { accepts, type Balancer, type BalancerTools, type PickRequest } from "./balancer/balancer.ts";
import { type BalancePolicy, createBalancer } from "./balancer/index.ts";
import { tierInUse } from "./balancer/priority.ts";
import { rampedShare } from "./balancer/slow-start.ts";
import type { StickyBalancer } from "./balancer/sticky.ts";
import { nearest } from "./balancer/zone.ts";
import { RetryBudget } from "./retry-budget.ts";
import type { LoadWatcher, Target } from "./target.ts";

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

export class Upstream implements LoadWatcher, Timed {
  name: string;
  /** Of all routes that lead here. */
  readonly retryBudget: RetryBudget = new RetryBudget();
  readonly hedgeBudget: RetryBudget = new RetryBudget();
  /** Copies of requests that are under way. */
  mirrored = 0;
  /** Of requests that may be hedged. */
  readonly answerTimes: AnswerTimes = new AnswerTimes();
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #tools: UpstreamTools;
  #targets: readonly Target[] = [];
  #settings: BalanceSettings;
  #balancer: Balancer<Target> | StickyBalancer<Target>;
  #closed = false;

  constructor(name: string, targets: readonly Target[], settings: BalanceSettings, tools: UpstreamTools) {
    this.name = name;
    this.#tools = tools;
    this.#targets = targets;
    this.#settings = settings;
    this.#balancer = createBalancer(settings, this.#balancerTools);
    this.#refresh();
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  /** Whoever holds this upstream finds these targets and this policy at its next attempt. Who leaves is not closed. */
  use(targets: readonly Target[], settings: BalanceSettings): void {
    const nowMs = this.#nowMs();
    for (const target of this.#targets) target.watcher = null;
    for (const target of targets) if (!this.#targets.includes(target)) target.availableSinceMs = nowMs;
    if (!Bun.deepEquals(settings, this.#settings)) {
      this.#balancer = createBalancer(settings, this.#balancerTools);
    }
    this.#targets = targets;
    this.#settings = settings;
    this.#refresh();
  }

  /** Takes a target out by hand, or back. False: there is none of that name. */
  setDrained(name: string, drained: boolean): boolean {
    const meant = this.#targets.filter((target) => target.name === name);
    for (const target of meant) {
      if (target.drained && !drained) target.availableSinceMs = this.#nowMs();
      target.drained = drained;
    }
    if (meant.length > 0) this.#refresh();
    return meant.length > 0;
  }

  /** The target for the next attempt, never one of `tried`; null when no other takes requests. */
  pick(request: PickRequest, tried: readonly Target[]): Target | null {
    return this.#balancer.pick(request, tried) ?? this.#outsidePool(tried);
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

  loadChanged(target: Target): void {
    this.#balancer.loadChanged!(target);
  }

  /** A step of a slow start is due. */
  expire(): void {
    this.#refresh();
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

  /** Something of a target has changed: shares are worked out anew, then the policy is told. */
  #refresh(): void {
    const { failoverBelow, zone } = this.#settings;
    for (const target of this.#targets) {
      target.share = this.#shareOf(target);
      target.watcher = this.#balancer.loadChanged === undefined ? null : this;
    }
    this.#balancer.update(nearest(tierInUse(this.#targets, failoverBelow), zone, failoverBelow));
    this.#awaitNextStep();
  }

  #shareOf({ weight, availableSinceMs, drained }: Target): number {
    if (drained) return 0;
    return rampedShare(weight, this.#nowMs() - availableSinceMs, this.#settings.slowStartMs);
  }

  #awaitNextStep(): void {
    if (this.#closed || this.#targets.every(({ share, weight }) => share === weight || share === 0)) return;
    this.deadlineMs = this.#nowMs() + this.#settings.slowStartMs / RAMP_STEPS;
    this.#tools.timers.arm(this);
  }

  /** The policy's own choice is exhausted: anybody of another tier or zone. */
  #outsidePool(tried: readonly Target[]): Target | null {
    for (const target of this.#targets) {
      if (target.share > 0 && accepts(target, tried)) return target;
    }
    return null;
  }

  #nowMs(): number {
    return this.#tools.timers.clock.nowMs();
  }
}

const RAMP_STEPS = 20;
