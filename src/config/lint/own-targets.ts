/** Targets that are a listener of this very configuration: each request would be counted, limited and logged twice. */
import { diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import { type ConfigNode, valueAt } from "../source/config-node.ts";
import { formatTarget } from "../values/target-address.ts";
import { listenerBehind } from "./own-addresses.ts";
import type { LintSubject } from "./subject.ts";

export function reportOwnTargets({
  upstreams,
  upstreamNodes,
  listeners,
  listenerPlaces,
  found,
}: LintSubject): void {
  for (const { name, targets } of upstreams.values()) {
    for (const [index, { address }] of targets.entries()) {
      const listener = listenerBehind(address, listeners);
      if (listener === null) continue;
      const message = `the target ${quoted(formatTarget(address))} is this proxy itself: ${quoted(listener.name)} listens there`;
      const related = [relatedAt(listenerPlaces.get(listener.name)!, "the listener is here")];
      const suggestion = "name the targets that are behind that listener";
      found.add(
        diagnose("upstream.itself", targetPlace(upstreamNodes.get(name)!, index), message, {
          related,
          suggestion,
        }),
      );
    }
  }
}

/** @param node that has `targets`: an upstream or a route */
export function targetPlace(node: ConfigNode, index: number): ConfigNode {
  const list = valueAt(node, "targets");
  return (list?.kind === "list" ? list.items[index] : list) ?? node;
}
