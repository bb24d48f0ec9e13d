/**
 * A policy that chooses among targets. It is asked once per attempt: `tried` holds the targets that have failed
 * this exchange already, so that a retry needs no second algorithm. It is told when targets come and go, when
 * their shares change and, if it wants to know, when one gets busier or less busy. A pick makes no object.
 */
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { Latency } from "../latency.ts";

/** What a policy may know of a target. */
export interface Candidate {
  readonly name: string;
  /** As configured. 0 takes nothing. */
  readonly weight: number;
  /** The part of new requests that it should get now, beside the others' shares; 0: it takes none. */
  readonly share: number;
  /** Exchanges and tunnels under way here; other workers have theirs, and about as many. */
  readonly active: number;
  /** It takes none now: as many as it may have are under way, here or in all workers. */
  readonly full: boolean;
  readonly latency: Latency;
  /** For the policy to remember the target by. Its targets belong to it alone. */
  slot: number;
}

/** What a policy may ask of a request, only if it wants to know. */
export interface PickRequest {
  /** What like requests have in common; null when this one has none. */
  keyOf(source: KeySource): string | null;
}

export type KeySource =
  | { readonly kind: "source" | "path" }
  /** Names of header fields in lower case. */
  | { readonly kind: "header" | "cookie" | "query"; readonly name: string };

export interface Balancer<T extends Candidate> {
  /** These are the targets now, those with a share of 0 among them. Called again when a share changes. */
  update(targets: readonly T[]): void;
  /** The next target, never one of `tried`; null when no other takes the request. */
  pick(request: PickRequest, tried: readonly T[]): T | null;
  /** A target's `active` has changed. Left out by policies that do not care. */
  loadChanged?(target: T): void;
}

/** What policies are made from. */
export interface BalancerTools {
  readonly random: Random;
  readonly clock: Clock;
}

export type BalancerFactory = <T extends Candidate>(tools: BalancerTools) => Balancer<T>;

/** Targets that take requests. */
export function eligible<T extends Pick<Candidate, "share">>(targets: readonly T[]): readonly T[] {
  return targets.filter((target) => target.share > 0);
}

/** Whether this attempt may go there. */
export function accepts<T extends Candidate>(target: T, tried: readonly T[]): boolean {
  return !target.full && (tried.length === 0 || !tried.includes(target));
}
