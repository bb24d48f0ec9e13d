/** How a line of an access log is written: `json`, `combined`, or a template. */
import { ok, type Result } from "../../base/result.ts";
import { COMBINED, PLACEHOLDERS, parseTemplate, type TemplateFault } from "../../observe/line/template.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import { fault, type ValueFault } from "./value-fault.ts";

/** A template that is one; null: JSON. */
export type LineFormat = string | null;

export function parseLineFormat(text: string): Result<LineFormat, ValueFault> {
  if (text === "json") return ok(null);
  const template = text === "combined" ? COMBINED : text;
  if (!template.includes("{")) {
    const hint = didYouMean(text, ["json", "combined"]) ?? "a template has placeholders: `{client} {status}`";
    return fault(
      "config.bad_value",
      `${quoted(text)} is neither \`json\`, \`combined\` nor a template`,
      hint,
    );
  }
  const pieces = parseTemplate(template);
  return pieces.ok ? ok(template) : explained(pieces.error);
}

function explained({ kind, text }: TemplateFault): Result<never, ValueFault> {
  switch (kind) {
    case "unknownName":
      return fault("config.bad_value", `no field of a line is called ${quoted(text)}`, nameHint(text));
    case "unclosed":
      return fault(
        "config.bad_value",
        `a placeholder is not closed: ${quoted(text)}`,
        "a brace itself is `{{`",
      );
    case "stray":
      return fault("config.bad_value", "a `}` closes nothing", "the brace itself is `}}`");
    case "fieldName":
      return fault("config.bad_value", `${quoted(text)} is not a header field name`);
    case "lineBreak":
      return fault("config.bad_value", "a template is one line, without control characters");
  }
}

function nameHint(name: string): string {
  const [, field] = /^(?:http_|header[._])(.+)$/.exec(name) ?? [];
  if (field !== undefined) return `write \`{request_headers.${field.replaceAll("_", "-")}}\``;
  return didYouMean(name, PLACEHOLDERS) ?? "docs/logging.md lists the fields";
}
