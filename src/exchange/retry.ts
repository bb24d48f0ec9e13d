/**
 * The repetitions of one request: what was sent of it is kept, up to a bound, and whether it may be sent again is
 * decided by its route's policy and its upstream's budget.
 */
import type { Random } from "../base/random.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import type { RetryBudget } from "../upstream/retry-budget.ts";
import type { UpstreamStream } from "../upstream/upstream-stream.ts";
import { backoffMs, type RetryCondition, type RetryPolicy } from "./retry-policy.ts";

export class Retry {
  /** Of the request, when it is complete. */
  trailers: FieldBlock | null = null;
  readonly #policy: RetryPolicy;
  readonly #budget: RetryBudget;
  readonly #random: Random;
  /** Whether the request means the same when it is carried out twice, or the route says so. */
  readonly #methodAllows: boolean;
  #repetitions = 0;
  /** A target may have seen the request. */
  #sent = false;
  #kept: Buffer[] = [];
  #keptBytes = 0;

  constructor(policy: RetryPolicy, method: string, budget: RetryBudget, random: Random) {
    this.#policy = policy;
    this.#budget = budget;
    this.#random = random;
    this.#methodAllows = policy.methods === null || policy.methods.has(method);
    budget.deposit(policy.budget);
  }

  get perTryMs(): number {
    return this.#policy.perTryMs;
  }

  /** Counts the repetition when there may be one. */
  allows(condition: RetryCondition | null, nowMs: number): boolean {
    return condition !== null && this.#policy.conditions.has(condition) && this.#take(nowMs);
  }

  /** The same for an answer that has come. */
  allowsStatus(status: number, nowMs: number): boolean {
    return this.#policy.statuses.has(status) && this.#take(nowMs);
  }

  /** How long to wait before the repetition that was allowed last. */
  pauseMs(): number {
    return backoffMs(this.#policy, this.#repetitions, this.#random);
  }

  /** A piece of the request's body, as it is sent on. */
  keep(bytes: Buffer, start: number, end: number): void {
    if (!this.#methodAllows || this.#keptBytes > this.#policy.bodyBytes) return;
    this.#keptBytes += end - start;
    if (this.#keptBytes > this.#policy.bodyBytes) this.#kept = [];
    else this.#kept.push(Buffer.from(bytes.subarray(start, end)));
  }

  /** Sends what has been kept, behind the head: nothing on the first attempt. */
  replay(stream: UpstreamStream): void {
    this.#sent = true;
    for (const piece of this.#kept) stream.sendData(piece, 0, piece.length);
  }

  #take(nowMs: number): boolean {
    if (this.#repetitions + 1 >= this.#policy.attempts || !this.#isRepeatable()) return false;
    if (!this.#budget.take(nowMs)) return false;
    this.#repetitions++;
    return true;
  }

  #isRepeatable(): boolean {
    return !this.#sent || (this.#methodAllows && this.#keptBytes <= this.#policy.bodyBytes);
  }
}
