/** What a route does with a request besides sending it on: rewrite, redirect, respond. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import type { Rewrite } from "../../routing/route-match.ts";
import type { HttpAction } from "../model.ts";
import { parseAnswerField, parseFieldValue } from "../values/header-field.ts";
import { parseRedirectTarget, parseRegexRewrite, parseRewrite } from "../values/rewrite.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { about, converted, count, freeText, oneOrMore, textOf } from "./values.ts";

type Respond = Extract<HttpAction, { kind: "respond" }>;

const REWRITE_FORMS = "a path such as `/`, `{ regex: …, to: … }` or `{ full: /fixed }`";

const rewriteMap = noted(
  z.strictObject({
    regex: noted(z.string(), { expects: "a pattern" }).optional().describe("What is replaced; RE2 syntax."),
    to: noted(z.string(), { expects: "text" })
      .optional()
      .describe(`What takes its place; \`$1\` and \`\${name}\` stand for groups.`),
    full: noted(z.string(), { expects: "a path" })
      .optional()
      .describe("The whole new path; `{name}` for captures."),
  }),
  { called: "a rewrite" },
);

export const rewrite = noted(
  z.union([textOf(REWRITE_FORMS, (to) => parseRewrite("prefix", to)), converted(rewriteMap, rewriteOfMap)]),
  { expects: REWRITE_FORMS },
);

export const redirect = noted(
  z.strictObject({
    to: textOf("a URL or a path", parseRedirectTarget).meta(
      about(
        "A URL or a path; captures, `{host}`, `{path}` and `{query}` may be used.",
        "https://{host}{path}",
        "/articles/{slug}",
      ),
    ),
    status: noted(z.literal([301, 302, 303, 307, 308]), { expects: "301, 302, 303, 307 or 308" })
      .prefault(302)
      .describe("301 and 308 are remembered by browsers."),
  }),
  { called: "a redirect" },
);

const answerFields = noted(converted(z.record(z.string(), oneOrMore(freeText("text", 0))), fieldsOfRecord), {
  expects: "a map of header names and values",
});

export const respond = noted(
  converted(
    noted(
      z.strictObject({
        status: count(200, 599).prefault(200).describe("200 to 599."),
        headers: answerFields
          .prefault({})
          .describe("Header fields of the answer; a value or a list of values."),
        body: noted(z.string(), { expects: "text", freeText: true })
          .prefault("")
          .describe("The text of the answer."),
      }),
      { called: "`respond`" },
    ),
    bodyAllowed,
  ),
  {},
);

function rewriteOfMap({ regex, to, full }: z.output<typeof rewriteMap>): Result<Rewrite, ValueFault> {
  if (full !== undefined && regex === undefined && to === undefined) {
    const parsed = parseRewrite("full", full);
    return parsed.ok
      ? parsed
      : fault(parsed.error.code, parsed.error.message, parsed.error.suggestion, ["full"]);
  }
  if (full !== undefined || regex === undefined || to === undefined) {
    return fault("route.rewrite", "a rewrite has either `regex` and `to`, or `full`");
  }
  return parseRegexRewrite(regex, to);
}

function fieldsOfRecord(record: Record<string, string[]>): Result<(readonly [string, string])[], ValueFault> {
  const fields: (readonly [string, string])[] = [];
  for (const [key, values] of Object.entries(record)) {
    const name = parseAnswerField(key);
    if (!name.ok) return fault(name.error.code, name.error.message, name.error.suggestion, [key]);
    for (const value of values) {
      const text = parseFieldValue(value);
      if (!text.ok) return fault(text.error.code, text.error.message, text.error.suggestion, [key]);
      fields.push([name.value, value]);
    }
  }
  return ok(fields);
}

/** RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5: these answers end with their head. */
function bodyAllowed(answer: Omit<Respond, "kind">): Result<Omit<Respond, "kind">, ValueFault> {
  const forbidden = BODILESS.has(answer.status) && answer.body !== "";
  return forbidden
    ? fault("config.bad_value", `an answer with status ${answer.status} has no body`, null, ["body"])
    : ok(answer);
}

const BODILESS = new Set([204, 205, 304]);
