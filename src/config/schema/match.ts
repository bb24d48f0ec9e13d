/** What a route asks of a request: host, path, methods, headers, query. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import type { PathPattern, ValueMatch, ValuePattern } from "../../routing/route-match.ts";
import { parseFieldName, parseFieldValue, parseMethod } from "../values/header-field.ts";
import { parseHostPattern } from "../values/host-pattern.ts";
import { parseExactPath, parsePrefix, parseRegexPath } from "../values/path-pattern.ts";
import { parseRegex } from "../values/regex.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { converted, freeText, oneOrMore, textOf } from "./values.ts";

export const host = oneOrMore(
  textOf("a host name, such as `shop.example` or `*.shop.example`", parseHostPattern),
);

export const methods = oneOrMore(textOf("a method, such as `GET`", parseMethod));

const PATH_FORMS = "a path such as `/api`, `{ exact: /api }` or `{ regex: '^/v[0-9]+/' }`";

const pathMap = noted(
  z.strictObject({
    exact: noted(z.string(), { expects: "a path" }).optional().describe("The whole path."),
    regex: noted(z.string(), { expects: "a pattern" })
      .optional()
      .describe("RE2 syntax; named groups are captures."),
  }),
  { called: "a path" },
);

export const path = noted(z.union([textOf(PATH_FORMS, parsePrefix), converted(pathMap, pathOfMap)]), {
  expects: PATH_FORMS,
});

const VALUE_FORMS = "a text, `{ regex: … }` or `{ present: true }`";

const valueMap = noted(
  z.strictObject({
    regex: noted(z.string(), { expects: "a pattern" })
      .optional()
      .describe("RE2 syntax, found anywhere in the value."),
    present: noted(z.literal(true), { expects: "`true`" }).optional().describe("Any value will do."),
  }),
  { called: "a value to match" },
);

export const valuePattern = noted(
  z.union([
    freeText(VALUE_FORMS, 0).transform((value): ValuePattern => ({ kind: "exact", value })),
    converted(valueMap, valueOfMap),
  ]),
  { expects: VALUE_FORMS },
);

export const headers = noted(converted(z.record(z.string(), valuePattern), headersOfRecord), {
  expects: "a map of header names and values",
});

export const query = noted(
  z
    .record(z.string(), valuePattern)
    .transform((record): ValueMatch[] => Object.entries(record).map(([name, value]) => ({ name, value }))),
  { expects: "a map of parameter names and values" },
);

function pathOfMap({ exact, regex }: z.output<typeof pathMap>): Result<PathPattern, ValueFault> {
  if ((exact === undefined) === (regex === undefined)) {
    return fault(
      "config.bad_value",
      "a path has either `exact` or `regex`",
      "a prefix is plain text: `path: /api`",
    );
  }
  const parsed = exact === undefined ? parseRegexPath(regex!) : parseExactPath(exact);
  return parsed.ok ? parsed : inside(parsed.error, exact === undefined ? "regex" : "exact");
}

function valueOfMap({ regex, present }: z.output<typeof valueMap>): Result<ValuePattern, ValueFault> {
  if ((regex === undefined) === (present === undefined)) {
    return fault("config.bad_value", "a value to match has either `regex` or `present`");
  }
  if (regex === undefined) return ok({ kind: "present" });
  const shape = parseRegex(regex);
  return shape.ok ? ok({ kind: "regex", source: regex }) : inside(shape.error, "regex");
}

function headersOfRecord(record: Record<string, ValuePattern>): Result<ValueMatch[], ValueFault> {
  const matches: ValueMatch[] = [];
  for (const [key, value] of Object.entries(record)) {
    const name = parseFieldName(key);
    if (!name.ok) return inside(name.error, key);
    if (matches.some((match) => match.name === name.value)) {
      return fault("yaml.duplicate_key", `the header \`${name.value}\` appears twice`, null, [key]);
    }
    const text = value.kind === "exact" ? parseFieldValue(value.value) : ok("");
    if (!text.ok) return inside(text.error, key);
    matches.push({ name: name.value, value });
  }
  return ok(matches);
}

function inside({ code, message, suggestion }: ValueFault, key: string): Result<never, ValueFault> {
  return fault(code, message, suggestion, [key]);
}
