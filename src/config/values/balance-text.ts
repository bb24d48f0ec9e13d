/** A way of balancing in words, for `explain` and `plan`: `hash by header x-user, slow start 30s`. No secrets. */
import type { KeySource } from "../../upstream/balancer/balancer.ts";
import type { BalanceModel } from "../model.ts";
import { formatDuration } from "./duration.ts";
import { formatShare } from "./share.ts";

/** The policy, and of the other settings those that are not as everybody's. */
export function balanceText(balance: BalanceModel): string {
  const { slowStartMs, failoverBelow, zone } = balance;
  return [
    policyText(balance),
    ...(slowStartMs > 0 ? [`slow start ${formatDuration(slowStartMs)}`] : []),
    ...(zone === null ? [] : [`preferring zone ${zone}`]),
    ...(failoverBelow === USUAL_FAILOVER ? [] : [`failover below ${formatShare(failoverBelow)}`]),
  ].join(", ");
}

function policyText(balance: BalanceModel): string {
  switch (balance.policy) {
    case "hash": {
      const { by, maxLoad } = balance;
      return `hash by ${keyText(by)}${maxLoad === USUAL_LOAD ? "" : `, ${loadText(maxLoad)}`}`;
    }
    case "maglev":
      return `maglev by ${keyText(balance.by)}`;
    case "sticky":
      return `${cookieText(balance.cookie)}, else ${balance.fallback}`;
    default:
      return balance.policy;
  }
}

function cookieText({ name, maxAgeMs, secure }: (BalanceModel & { policy: "sticky" })["cookie"]): string {
  const lasting = maxAgeMs === null ? "" : ` for ${formatDuration(maxAgeMs)}`;
  return `sticky by cookie ${name}${lasting}${secure ? " (https only)" : ""}`;
}

/** What like requests have in common. */
export function keyText(by: KeySource): string {
  return "name" in by ? `${by.kind} ${by.name}` : by.kind;
}

function loadText(maxLoad: number): string {
  return maxLoad === Number.POSITIVE_INFINITY
    ? "whatever the load"
    : `at most ${formatShare(maxLoad)} of a share`;
}

const USUAL_FAILOVER = 0.5;
const USUAL_LOAD = 1.25;
