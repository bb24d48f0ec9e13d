/** Header fields in configuration: names to match on, and the fields of an answer of our own. */
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { fault, type ValueFault } from "./value-fault.ts";

/** A field name in lower case (RFC 9110 section 5.1). */
export function parseFieldName(name: string): Result<string, ValueFault> {
  if (TOKEN.test(name)) return ok(name.toLowerCase());
  const hint = name.includes("${") ? "references are filled in in values, not in keys" : null;
  return fault("value.field", `${quoted(name)} is not a header field name`, hint);
}

/** A field value without control characters and without blanks around it (RFC 9110 section 5.5). */
export function parseFieldValue(value: string): Result<string, ValueFault> {
  if (FIELD_VALUE.test(value)) return ok(value);
  return fault(
    "value.field",
    `${quoted(value)} is not a header field value`,
    "printable ASCII, no blanks at the ends",
  );
}

/** A field that an answer may set: framing and connection are the proxy's own business. */
export function parseAnswerField(name: string): Result<string, ValueFault> {
  const parsed = parseFieldName(name);
  if (!parsed.ok || !OURS.has(parsed.value)) return parsed;
  return fault("value.field", `${quoted(name)} is set by the proxy itself`, "leave it out");
}

/** A method name (RFC 9110 section 9.1): a token, and in practice upper case. */
export function parseMethod(method: string): Result<string, ValueFault> {
  if (!TOKEN.test(method)) return fault("config.bad_value", `${quoted(method)} is not a method name`);
  if (method === method.toUpperCase()) return ok(method);
  const hint = `methods are case-sensitive: write \`${method.toUpperCase()}\``;
  return fault("config.bad_value", `${quoted(method)} is no method that clients send`, hint);
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;
const OURS = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
