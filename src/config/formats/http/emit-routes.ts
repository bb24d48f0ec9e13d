/**
 * The rules of one foreign server as routes: ordered by the ladder, once for each set of names under which the server
 * is reached. What never gets a request is told and left out.
 */
import type { PathPattern } from "../../../routing/route-match.ts";
import { quoted } from "../../diagnostics/wording.ts";
import type { HttpRouteDraft } from "../draft/document-draft.ts";
import type { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import { buildLadder, type Ladder, type LadderRule, type Rung } from "./ladder.ts";
import { NO_CONDITIONS, type RuleValue, settleAction } from "./rule-value.ts";

/** Names of listeners, and the hosts that lead to the server there. */
export interface ServerGroup {
  /** Empty for any. */
  readonly hosts: readonly string[];
  readonly listen: readonly string[];
}

export function emitRoutes(
  rules: readonly LadderRule<RuleValue>[],
  groups: readonly ServerGroup[],
  builder: DraftBuilder,
  findings: Findings,
): void {
  const { rungs, hidden } = buildLadder(rules);
  for (const each of hidden) noteHidden(each, findings);
  for (const rung of rungs) noteWholeSegments(rung, findings);
  for (const { hosts, listen } of groups) {
    for (const { rule, path } of inReadingOrder(rungs)) {
      builder.route(routeOf(rule.value, path, hosts, listen));
    }
  }
}

/** The route of one rule. */
export function routeOf(
  { action, timeouts, limits, conditions = NO_CONDITIONS, from, notesFrom }: RuleValue,
  path: PathPattern,
  hosts: readonly string[],
  listen: readonly string[],
): HttpRouteDraft {
  const { methods, headers, query } = conditions;
  const settled = settleAction(action, path);
  return {
    kind: "http",
    listen,
    hosts,
    path,
    methods,
    headers,
    query,
    action: settled,
    timeouts,
    limits,
    from,
    notesFrom,
  };
}

export function noteHidden({ rule, by }: Ladder<RuleValue>["hidden"][number], findings: Findings): void {
  const { line } = by.value.from.source.originAt(by.value.from.start);
  const message = `it was left out: what stands in line ${line} takes all of its requests`;
  findings.note("convert.unreachable", rule.value.from, message);
}

/** Some compare letters: `/api` takes `/apix` as well. A pattern does the same, so there is nothing to tell. */
function noteWholeSegments({ rule, path }: Rung<RuleValue>, findings: Findings): void {
  if (path.kind !== "prefix" || rule.bySegments || rule.text.endsWith("/")) return;
  const message = `${quoted(rule.text)} takes whole segments here; before, it took ${quoted(`${rule.text}x`)} as well`;
  findings.note("convert.differs", rule.value.from, message);
}

/** As in the file, where the order means nothing to Portward. */
function inReadingOrder(rungs: readonly Rung<RuleValue>[]): readonly Rung<RuleValue>[] {
  const source = rungs[0]?.rule.value.from.source;
  const free = rungs.every(({ path, rule }) => path.kind !== "regex" && rule.value.from.source === source);
  if (!free) return rungs;
  const endOf = ({ rule }: Rung<RuleValue>) => rule.value.from.end;
  return [...rungs].sort((a, b) => a.rule.value.from.start - b.rule.value.from.start || endOf(b) - endOf(a));
}
