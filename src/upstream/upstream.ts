/**
 * A named group of targets and the policy that chooses among them. Targets come and go while it runs. Who takes how
 * much is worked out when something changes (`#refresh`), so that a pick only reads. It outlives snapshots.
 */
import type { Timed, Timers } from "../base/clock.ts";
import type { JointCells } from "../base/joint-cells.ts";
import type { Random } from "../base/random.ts";
import { JOINT_UPSTREAM } from "../observe/metrics/joint-places.ts";
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
  readonly retryBudget: RetryBudget = new RetryBudget(JOINT_UPSTREAM.retryCredit);
  readonly hedgeBudget: RetryBudget = new RetryBudget(JOINT_UPSTREAM.hedgeCredit);
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
  /** Null: no other worker has this upstream. */
  #joint: JointCells | null = null;
  /** How often others had rung when we looked last. */
  #heard = 0;

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

  /** Has what is counted from here on counted there, and acts as one with the other workers through it. */
  useMeter(meter: UpstreamMeter): void {
    this.meter = meter;
    if (meter.joint?.isAt(this.#joint) !== true) this.#join(meter.joint);
  }

  /** What other workers have concluded holds here too. */
  look(): void {
    const joint = this.#joint;
    if (joint === null || joint.rung(JOINT_UPSTREAM.bell) === this.#heard) return;
    this.#heard = joint.rung(JOINT_UPSTREAM.bell);
    if (this.#judge.adopt(this.#nowMs())) this.#refresh();
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
    this.#heard = NEVER;
    if (!Bun.deepEquals(settings.balance, before.balance)) {
      this.#balancer = createBalancer(settings.balance, this.#balancerTools);
    }
    if (!Bun.deepEquals([settings.outliers, settings.breaker], [before.outliers, before.breaker])) {
      this.#judge.leave();
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
    this.look();
    const held = before?.group === this ? 1 : 0;
    if (!this.#admission.claim(held)) return null;
    for (let turn = 0; turn < MAX_CLAIMS; turn++) {
      const target = this.#balancer.pick(request, tried) ?? this.#lastResort(tried);
      if (target === null) break;
      if (target.claim()) return target;
    }
    this.#admission.unclaim();
    return null;
  }

  /** The target that was picked is not held after all. */
  passOver(target: Target): void {
    this.#admission.unclaim();
    target.unclaim();
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
    if (this.refusal !== "limit.upstream_requests" || !this.#admission.wait(waiter)) return false;
    this.#schedule();
    return true;
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
    this.#admission.begun();
    this.#balancer.loadChanged?.(target);
  }

  ended(target: Target): void {
    this.#admission.ended();
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
    this.look();
    if (this.#admission.waitsForOthers) this.#admission.serveInTurn();
    const changed = this.#judge.tick(nowMs);
    if (changed) this.#joint?.ring(JOINT_UPSTREAM.bell);
    if (changed || this.#isRamping()) this.#refresh();
    else this.#schedule();
  }

  /** No longer configured. What holds it still may go on to ask; its targets are closed by who made them. */
  close(): void {
    this.#closed = true;
    this.#join(null);
    this.#tools.timers.disarm(this);
  }

  get #balancerTools(): BalancerTools {
    const { random, timers } = this.#tools;
    return { random, clock: timers.clock };
  }

  #makeJudge(): Judge<Target> {
    const { outliers, breaker } = this.#settings;
    const settings = { outliers, circuit: breaker.circuit, adaptive: breaker.adaptive };
    return new Judge(settings, this.#joint, () => {
      this.#joint?.ring(JOINT_UPSTREAM.bell);
      this.#refresh();
    });
  }

  #join(joint: JointCells | null): void {
    if (joint === this.#joint) return;
    this.#joint = joint;
    this.#heard = NEVER;
    for (const budget of [this.retryBudget, this.hedgeBudget]) budget.joint = joint;
    this.#admission.join(joint);
    this.#judge.join(joint);
    this.look();
  }

  /** Something of a target has changed: shares and limits are worked out anew, then the policy is told. */
  #refresh(): void {
    const targets = this.#targets;
    const { failoverBelow, zone, slowStartMs } = this.#settings.balance;
    this.#judge.update(targets);
    this.#admission.refresh(targets.reduce((sum, { active }) => sum + active, 0));
    for (const target of targets) {
      target.group = this;
      this.#limit(target);
    }
    assignShares(targets, slowStartMs, this.#nowMs());
    this.#admission.capacity = targets.reduce(
      (sum, { share, health }) => (share > 0 ? sum + this.#admission.jointLimitOf(health) : sum),
      0,
    );
    this.#balancer.update(nearest(tierInUse(targets, failoverBelow), zone, failoverBelow));
    this.#schedule();
    this.#admission.serve();
  }

  #afterVerdict(target: Target): void {
    if (target.health.adaptive !== null) this.#limit(target);
    if (this.#judge.takeBegunWindow()) this.#schedule();
  }

  #limit(target: Target): void {
    target.useLimits(this.#admission.limitOf(target.health), this.#admission.jointLimitOf(target.health));
  }

  #isRamping(): boolean {
    return this.#targets.some(({ share, weight }) => share > 0 && share < weight);
  }

  #schedule(): void {
    if (this.#closed) return;
    const stepMs = this.#settings.balance.slowStartMs / RAMP_STEPS;
    const rampMs = this.#isRamping() ? this.#nowMs() + stepMs : Number.POSITIVE_INFINITY;
    const turnMs = this.#admission.waitsForOthers ? this.#nowMs() + TURN_MS : Number.POSITIVE_INFINITY;
    this.deadlineMs = Math.min(this.#judge.deadlineMs, rampMs, turnMs);
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
/** Who waits for places that other workers give back looks so often; as often as the wheel turns. */
const TURN_MS = 50;
/** Others take the places that there seemed to be. */
const MAX_CLAIMS = 4;
/** So that what was there before we joined is looked at. */
const NEVER = -1;
