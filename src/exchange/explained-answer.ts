/**
 * `X-Portward-Explain`: who sends the token of `settings.explain_token` in it gets back, in a field of the same name, what
 * became of the request. It names parts of the configuration and none of its values: a path that was rewritten may
 * hold a secret. The form is a dictionary of RFC 9651.
 */
import { isSameText } from "../base/same-text.ts";
import { EXPLAIN, FIELD } from "../protocol/http/field-names.ts";
import { AddedFields } from "../protocol/http/outbound-request.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";

/** What is null is left out. */
export interface ExplainedFacts {
  readonly listener: string;
  readonly route: string | null;
  readonly action: string | null;
  /** Whether the path that went upstream is another than the one received. */
  readonly rewritten: boolean;
  readonly upstream: string | null;
  readonly target: string | null;
  readonly attempts: number;
  readonly error: string | null;
  readonly requestId: string;
}

/** Whether the request may have an explanation. Nearly always there is no such field, nor any that ends here. */
export function wantsExplanation({ fields }: RequestHead, token: string | null): boolean {
  if (token === null || !fields.has(FIELD.nominated)) return false;
  const given = fields.get(EXPLAIN);
  return given !== null && isSameText(given, token);
}

/** @param added what the answer gets besides */
export function explainedAnswer(added: AddedFields, facts: ExplainedFacts): AddedFields {
  return new AddedFields([...added.fields, ["X-Portward-Explain", explanationOf(facts)]]);
}

export function explanationOf(facts: ExplainedFacts): string {
  const { listener, route, action, rewritten, upstream, target, attempts, error, requestId } = facts;
  const texts = { listener, route, action, upstream, target, error, request_id: requestId };
  const members = Object.entries(texts).flatMap(([name, text]) =>
    text === null ? [] : [`${name}="${stringOf(text)}"`],
  );
  if (rewritten) members.push("rewritten");
  if (attempts > 0) members.push(`attempts=${attempts}`);
  return members.join(", ");
}

/** RFC 9651 section 3.3.3: visible ASCII, `"` and `\` escaped. */
function stringOf(text: string): string {
  return text
    .slice(0, MOST_CHARACTERS)
    .replace(/[^\x20-\x7e]/g, "?")
    .replace(/["\\]/g, "\\$&");
}

/** Of each name: together they stay well below what any client takes for a field. */
const MOST_CHARACTERS = 120;
