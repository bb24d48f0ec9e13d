/** A named group of targets and the policy that chooses among them. It outlives snapshots. */
import type { Random } from "../base/random.ts";
import type { Balancer } from "./balancer/balancer.ts";
import { BALANCERS, type BalancerName } from "./balancer/index.ts";
import { RetryBudget } from "./retry-budget.ts";
import type { Target } from "./target.ts";

export class Upstream {
  name: string;
  targets: readonly Target[];
  /** Of all routes that lead here. */
  readonly retryBudget: RetryBudget = new RetryBudget();
  readonly #random: Random;
  #balancer: Balancer<Target>;

  constructor(name: string, targets: readonly Target[], policy: BalancerName, random: Random) {
    this.name = name;
    this.targets = targets;
    this.#random = random;
    this.#balancer = BALANCERS[policy](targets, random);
  }

  /**
   * For a reload: whoever holds this upstream finds the new targets at its next attempt. The policy begins anew, so
   * do this only when a target, a weight or the policy is another.
   */
  use(targets: readonly Target[], policy: BalancerName): void {
    this.targets = targets;
    this.#balancer = BALANCERS[policy](targets, this.#random);
  }

  /** The target for the next attempt, avoiding those that failed this exchange; null when none takes requests. */
  pick(tried: readonly Target[]): Target | null {
    return this.#balancer.pick(tried);
  }

  /** Every target that takes requests once, in the order of the policy. */
  *candidates(): Generator<Target, void, void> {
    const tried: Target[] = [];
    for (
      let target = this.pick(tried);
      target !== null && !tried.includes(target);
      target = this.pick(tried)
    ) {
      tried.push(target);
      yield target;
    }
  }
}
