/** Where the patterns of a route are written. */
import { type ConfigNode, nodeAt } from "../source/config-node.ts";

export function pathPatternPlace(node: ConfigNode): ConfigNode {
  return nodeAt(node, ["path", "regex"]) ?? nodeAt(node, ["path"]) ?? node;
}

/** Names of header fields are folded; the file has them as written. */
export function valuePatternPlace(node: ConfigNode, key: "headers" | "query", name: string): ConfigNode {
  const map = nodeAt(node, [key]);
  const names = map?.kind === "map" ? [...map.entries.keys()] : [];
  const written = names.find((each) => each === name) ?? names.find((each) => each.toLowerCase() === name);
  return nodeAt(node, [key, written ?? name, "regex"]) ?? map ?? node;
}
