/** What stands at a place, in a few words: "the number 5", "a list", "nothing". */
import { quoted } from "../diagnostics/wording.ts";
import type { ConfigNode } from "../source/config-node.ts";

export function describeFound(node: ConfigNode): string {
  if (node.kind === "list") return node.items.length === 0 ? "an empty list" : "a list";
  if (node.kind === "map") return "a map";
  const { value } = node;
  if (value === null) return node.source.text.slice(node.start, node.end) === "null" ? "`null`" : "nothing";
  if (typeof value === "string") return value === "" ? "an empty text" : `the text ${quoted(value)}`;
  if (typeof value === "number") return `the number ${quoted(node.source.text.slice(node.start, node.end))}`;
  return `the boolean \`${value}\``;
}
