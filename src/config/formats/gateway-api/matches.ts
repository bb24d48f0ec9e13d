/**
 * `matches` of an HTTPRoute rule: path, method, headers, query parameters. Patterns must match all of a
 * text: the API leaves that to implementations, and those in use do it.
 */

import type { ValueMatch, ValuePattern } from "../../../routing/route-match.ts";
import { quoted } from "../../diagnostics/wording.ts";
import type { ConfigNode } from "../../source/config-node.ts";
import type { Findings } from "../findings.ts";
import type { LadderRule } from "../http/ladder.ts";
import { templateText } from "../http/literal-path.ts";
import { usablePattern, wholeMatch } from "../http/pattern.ts";
import type { RuleConditions, RuleValue } from "../http/rule-value.ts";
import type { FieldReader } from "../tree/field-reader.ts";

export interface RouteMatchParts {
  readonly shape: Pick<LadderRule<RuleValue>, "kind" | "text" | "bySegments">;
  readonly conditions: RuleConditions;
}

/** Null after an error. A rule without matches takes everything. */
export function readMatch(
  match: ConfigNode | undefined,
  fields: FieldReader,
  findings: Findings,
): RouteMatchParts | null {
  const shape = readPath(match, fields, findings);
  const method = fields.text(match, "method");
  const headers = readValues(match, "headers", fields, findings).map((each) => ({
    ...each,
    name: each.name.toLowerCase(),
  }));
  const query = readValues(match, "queryParams", fields, findings);
  if (shape === null) return null;
  return {
    shape,
    conditions: { methods: method === null ? [] : [method], headers: firsts(headers), query: firsts(query) },
  };
}

/** A prefix is by segments, with or without a slash at its end. */
function readPath(match: ConfigNode | undefined, fields: FieldReader, findings: Findings) {
  const path = fields.map(match, "path") ?? undefined;
  const type = fields.text(path, "type") ?? "PathPrefix";
  const value = fields.text(path, "value") ?? "/";
  if (type === "RegularExpression") {
    const source = usablePattern(wholeMatch(value));
    if (source.ok) return { kind: "regex", text: source.value, bySegments: false } as const;
    findings.error("convert.regex", path!, `the pattern cannot be used: ${source.error}`);
    return null;
  }
  if (type !== "PathPrefix" && type !== "Exact") return unknownType(path!, type, findings);
  if (type === "Exact") return { kind: "exact", text: templateText(value), bySegments: true } as const;
  const bare = value.length > 1 ? value.replace(/\/+$/, "") : value;
  return { kind: "prefix", text: templateText(bare === "" ? "/" : bare), bySegments: true } as const;
}

function readValues(
  match: ConfigNode | undefined,
  key: string,
  fields: FieldReader,
  findings: Findings,
): readonly ValueMatch[] {
  return fields.list(match, key).flatMap((node) => {
    const type = fields.text(node, "type") ?? "Exact";
    const name = fields.text(node, "name");
    const value = fields.text(node, "value") ?? "";
    if (name === null) {
      findings.error("convert.value", node, "`name` is missing");
      return [];
    }
    const pattern = valuePattern(node, type, value, findings);
    return pattern === null ? [] : [{ name, value: pattern }];
  });
}

function valuePattern(
  node: ConfigNode,
  type: string,
  value: string,
  findings: Findings,
): ValuePattern | null {
  if (type === "Exact") return { kind: "exact", value };
  if (type !== "RegularExpression") return unknownType(node, type, findings);
  const source = usablePattern(wholeMatch(value));
  if (source.ok) return { kind: "regex", source: source.value };
  findings.error("convert.regex", node, `the pattern cannot be used: ${source.error}`);
  return null;
}

/** Of several entries with one name the first counts, as the API says. */
function firsts(matches: readonly ValueMatch[]): ValueMatch[] {
  return [...new Map([...matches].reverse().map((match) => [match.name, match])).values()].reverse();
}

function unknownType(node: ConfigNode, type: string, findings: Findings): null {
  findings.error("convert.value", node, `the type ${quoted(type)} is not known`);
  return null;
}
