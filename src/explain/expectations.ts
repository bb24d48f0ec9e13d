/** A test's expectations held against a decision: what was asked, and what was found instead. */
import { quoted } from "../config/diagnostics/wording.ts";
import type { Expectation, FieldExpectation } from "../config/model.ts";
import { compileRegex } from "../routing/regex.ts";
import type { ValuePattern } from "../routing/route-match.ts";
import type { Decision } from "./decision.ts";
import { valueText } from "./steps/match-words.ts";

export interface Mismatch {
  /** Where the expectation stands below `expect`. */
  readonly keys: readonly string[];
  readonly expected: string;
  readonly found: string;
}

export function mismatches(expect: Expectation, decision: Decision): Mismatch[] {
  const asked: readonly (Mismatch | null)[] = [
    same("route", expect.route, decision.route, "no route"),
    other("not_route", expect.notRoute, decision.route),
    same("upstream", expect.upstream, upstreamOf(decision), nothingSent(decision)),
    same("host", expect.host, sentBy(decision)?.values("host")[0] ?? null, nothingSent(decision)),
    same("path", expect.path, sentBy(decision)?.path ?? null, nothingSent(decision)),
    same("redirect", expect.redirect, locationOf(decision), `no redirect but ${outcomeText(decision)}`),
    status(expect.status, decision),
    ...expect.headers.map((field) => header(field, decision)),
  ];
  return asked.filter((each) => each !== null);
}

function same(key: string, expected: string | null, found: string | null, none: string): Mismatch | null {
  if (expected === null || expected === found) return null;
  return {
    keys: [key],
    expected: `${key} ${quoted(expected)}`,
    found: found === null ? none : quoted(found),
  };
}

function other(key: string, unwanted: string | null, found: string | null): Mismatch | null {
  if (unwanted === null || unwanted !== found) return null;
  return { keys: [key], expected: `another route than ${quoted(unwanted)}`, found: "just that" };
}

function status(expected: number | null, decision: Decision): Mismatch | null {
  const { outcome } = decision;
  if (expected === null) return null;
  const isOwn = outcome.kind === "answered" || outcome.kind === "refused";
  if (isOwn && outcome.status === expected) return null;
  return { keys: ["status"], expected: `status ${expected}`, found: outcomeText(decision) };
}

function header({ key, name, value }: FieldExpectation, decision: Decision): Mismatch | null {
  const keys = ["headers", key];
  const wanted = value === null ? `no \`${name}\`` : `\`${name}: ${valueText(value)}\``;
  const sent = sentBy(decision);
  if (sent === null) return { keys, expected: wanted, found: nothingSent(decision) };
  const values = sent.values(name);
  const holds = value === null ? values.length === 0 : values.length > 0 && fits(value, values.join(", "));
  const found = values.length === 0 ? "none" : quoted(`${name}: ${values.join(", ")}`);
  return holds ? null : { keys, expected: wanted, found };
}

function fits(pattern: ValuePattern, value: string): boolean {
  if (pattern.kind === "exact") return pattern.value === value;
  if (pattern.kind === "present") return true;
  const regex = compileRegex(pattern.source);
  return regex.ok && regex.value.test(value);
}

function sentBy({ outcome }: Decision) {
  return outcome.kind === "forwarded" ? outcome.sent : null;
}

function upstreamOf({ outcome }: Decision): string | null {
  if (outcome.kind === "tunnelled") return outcome.upstream;
  return outcome.kind === "forwarded" ? outcome.upstream.name : null;
}

function locationOf({ outcome }: Decision): string | null {
  if (outcome.kind !== "answered") return null;
  return outcome.fields.find(([name]) => name === "Location")?.[1] ?? null;
}

function nothingSent(decision: Decision): string {
  return `nothing, but ${outcomeText(decision)}`;
}

/** What becomes of the request, in a few words. */
function outcomeText({ outcome, listener }: Decision): string {
  switch (outcome.kind) {
    case "unheard":
      return "no listener has that port";
    case "tunnelled":
      return `a tunnel from ${listener!.model.name}`;
    case "refused":
      return `${outcome.status} ${outcome.error.code}`;
    case "answered":
      return `an answer of the proxy's own with ${outcome.status}`;
    case "forwarded":
      return `an answer from ${quoted(outcome.upstream.name)}`;
  }
}
