/** The whole extent of a value: nodes of collections know only where they begin. */
import type { ConfigNode } from "../../source/config-node.ts";
import type { Place } from "../../source/source-text.ts";

export function spanOf(node: ConfigNode): Place {
  return { source: node.source, start: node.start, end: Math.max(endOf(node), node.start + 1) };
}

function endOf(node: ConfigNode): number {
  let end = node.end;
  const children = node.kind === "list" ? node.items : node.kind === "map" ? valuesOf(node) : [];
  for (const child of children) {
    // An alias stands for a value that is written elsewhere.
    if (child.start >= node.start) end = Math.max(end, endOf(child));
  }
  return end;
}

function valuesOf(node: ConfigNode & { kind: "map" }): ConfigNode[] {
  return [...node.entries.values()].map(({ value }) => value);
}
