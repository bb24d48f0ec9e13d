/** Checked tests to the model. Whether they hold is for `explain` to say; here the names in them must exist. */
import { diagnose } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { ConfiguredTest } from "../model.ts";
import { nodeAt } from "../source/config-node.ts";
import type { TestPart } from "./document-parts.ts";

/** What tests may refer to. */
export interface KnownNames {
  readonly routes: ReadonlySet<string>;
  readonly upstreams: ReadonlySet<string>;
}

export function buildTest(
  { label, node, value }: TestPart,
  known: KnownNames,
  found: DiagnosticList,
): ConfiguredTest {
  const { request, headers, from, expect, name } = value;
  for (const [key, word, names] of [
    ["route", expect.route, known.routes],
    ["not_route", expect.notRoute, known.routes],
    ["upstream", expect.upstream, known.upstreams],
  ] as const) {
    if (word === null || names.has(word)) continue;
    const what = key === "upstream" ? "upstream is named" : "route has the label";
    const suggestion = didYouMean(word, names) ?? (key === "upstream" ? null : LABELS);
    const place = nodeAt(node, ["expect", key]) ?? node;
    found.add(diagnose("test.unknown_name", place, `no ${what} ${quoted(word)}`, { suggestion }));
  }
  return { label, name: name ?? null, ...request, headers: headers ?? [], from: from ?? null, expect };
}

const LABELS = "a label is the document's name and the route's place in it, from 0: `shop/0`";
