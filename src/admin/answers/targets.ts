/** Targets by the name that `status` shows. One address may stand in several upstreams, each with a target of its own. */
import type { Configuration } from "../../config/model.ts";
import { formatTarget } from "../../config/values/target-address.ts";
import type { TargetKey } from "../../runtime/start.ts";

/** @param upstream null for all that have it */
export function targetsNamed(
  target: string,
  upstream: string | null,
  { upstreams }: Configuration,
): TargetKey[] {
  return upstreams
    .filter(({ name }) => upstream === null || name === upstream)
    .filter(({ targets }) => targets.some(({ address }) => formatTarget(address) === target))
    .map(({ name }) => ({ upstream: name, target }));
}
