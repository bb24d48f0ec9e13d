/** What stands at a place, in a few words: "the number 5", "a list", "nothing". */
import { quoted } from "../diagnostics/wording.ts";
import type { ConfigNode } from "../source/config-node.ts";

export function describeFound(node: ConfigNode): string {
  if (node.kind === "list") return node.items.length === 0 ? "an empty list" : "a list";
  if (node.kind === "map") return "a map";
  const { value } = node;
  if (node.reference?.secret === true) return "a secret";
  if (value === null && !node.plain) return "`null`";
  if (value === null) return node.source.text.slice(node.start, node.end) === "null" ? "`null`" : "nothing";
  if (typeof value === "string") return value === "" ? "an empty text" : `the text ${quoted(value)}`;
  // As it was written: `0x50` says more than `80`. In a script it may have been computed.
  const written = node.plain ? node.source.text.slice(node.start, node.end) : String(value);
  if (typeof value === "number") return `the number ${quoted(written)}`;
  return `the boolean \`${value}\``;
}
