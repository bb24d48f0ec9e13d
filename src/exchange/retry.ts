/** The repetitions of one request: whether there may be another, by its route's policy and its upstream's budget. */
import type { Random } from "../base/random.ts";
import type { RetryBudget } from "../upstream/retry-budget.ts";
import type { KeptBody } from "./kept-body.ts";
import { backoffMs, type RetryCondition, type RetryPolicy } from "./retry-policy.ts";

export class Retry {
  /** A target may have seen the request. */
  sent = false;
  readonly #policy: RetryPolicy;
  readonly #budget: RetryBudget;
  readonly #random: Random;
  readonly #body: KeptBody | null;
  #repetitions = 0;

  /** @param body null for a request that must not reach a second target once a first may have seen it */
  constructor(policy: RetryPolicy, body: KeptBody | null, budget: RetryBudget, random: Random) {
    this.#policy = policy;
    this.#budget = budget;
    this.#random = random;
    this.#body = body;
    budget.deposit(policy.budget);
  }

  get perTryMs(): number {
    return this.#policy.perTryMs;
  }

  /** Counts the repetition when there may be one. */
  allows(condition: RetryCondition | null, nowMs: number): boolean {
    return condition !== null && this.#policy.conditions.has(condition) && this.#take(nowMs);
  }

  /** Whether an answer counts as a failure. */
  isFailure(status: number): boolean {
    return this.#policy.statuses.has(status);
  }

  /** `allows` for an answer that has come. */
  allowsStatus(status: number, nowMs: number): boolean {
    return this.isFailure(status) && this.#take(nowMs);
  }

  /** How long to wait before the repetition that was allowed last. */
  pauseMs(): number {
    return backoffMs(this.#policy, this.#repetitions, this.#random);
  }

  #take(nowMs: number): boolean {
    if (this.#repetitions + 1 >= this.#policy.attempts) return false;
    if (this.sent && this.#body?.whole !== true) return false;
    if (!this.#budget.take(nowMs)) return false;
    this.#repetitions++;
    return true;
  }
}
