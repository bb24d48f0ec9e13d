/** Routes that access logs name: a slip would make a log that stays empty, on the day on which it is needed. */
import { diagnose } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import { type ConfigNode, nodeAt, valueAt } from "../source/config-node.ts";
import type { DocumentParts } from "./document-parts.ts";
import type { BuiltSettings } from "./settings.ts";

export function reportUnknownRoutes(
  { settings, node }: BuiltSettings,
  parts: readonly DocumentParts[],
  found: DiagnosticList,
): void {
  if (node === null || settings.accessLogs.every(({ only }) => only.routes.length === 0)) return;
  const labels = parts.flatMap(({ routes }) => routes.map(({ label }) => label));
  const known = new Set([...labels, ...labels.map((label) => label.replace(/[^/]*$/, "*"))]);
  for (const [index, { only }] of settings.accessLogs.entries()) {
    for (const [place, label] of only.routes.entries()) {
      if (known.has(label)) continue;
      const suggestion = didYouMean(label, known) ?? LABELS;
      const at = placeOf(node, index, place);
      found.add(diagnose("log.unknown_route", at, `no route has the label ${quoted(label)}`, { suggestion }));
    }
  }
}

function placeOf(settings: ConfigNode, log: number, place: number): ConfigNode {
  const logs = valueAt(settings, "access_log")!;
  const map = logs.kind === "list" ? logs.items[log]! : logs;
  return nodeAt(map, ["routes", place]) ?? map;
}

const LABELS =
  "a label is the document's name and the route's place in it, from 0: `shop/0`; `shop/*` is all of them";
