/**
 * `rewrite` and `redirect.to`: new paths that may use what the route's path captured. Routing compiles them;
 * here a mistake gets its code and a way out.
 */
import { ok, type Result } from "../../base/result.ts";
import { compileRedirect } from "../../routing/compile-redirect.ts";
import { compileRewrite } from "../../routing/compile-rewrite.ts";
import type { PathPattern, Rewrite } from "../../routing/route-match.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import { captureNames } from "./path-pattern.ts";
import { parseRegex } from "./regex.ts";
import { fault, type ValueFault } from "./value-fault.ts";

/** A prefix or full rewrite on its own: what it uses of the path is looked at with the route. */
export function parseRewrite(kind: "prefix" | "full", to: string): Result<Rewrite, ValueFault> {
  const rewrite: Rewrite = { kind, to };
  const wrong = rewriteFault(patternWithCaptures(to), rewrite);
  return wrong === null ? ok(rewrite) : wrong;
}

export function parseRegexRewrite(source: string, to: string): Result<Rewrite, ValueFault> {
  const regex = parseRegex(source);
  if (!regex.ok) return fault(regex.error.code, regex.error.message, regex.error.suggestion, ["regex"]);
  for (const [reference, number, name] of to.matchAll(GROUP_REFERENCE)) {
    const { groupCount, groupNames } = regex.value;
    if (reference === "$$" || Number(number) <= groupCount || groupNames.includes(name ?? "")) continue;
    const hint = name === undefined ? null : didYouMean(name, groupNames);
    return fault("route.capture", `the pattern has no group ${quoted(reference)}`, hint, ["to"]);
  }
  const rewrite: Rewrite = { kind: "regex", source, to };
  const wrong = rewriteFault(ANY_PATH, rewrite);
  return wrong === null ? ok(rewrite) : wrong;
}

/** A redirect on its own, as `parseRewrite`. */
export function parseRedirectTarget(to: string): Result<string, ValueFault> {
  const wrong = redirectFault(patternWithCaptures(to), to);
  return wrong === null ? ok(to) : wrong;
}

/** The first capture in `to` that the path does not have. */
export function unknownCapture(to: string, path: PathPattern, builtIn: readonly string[] = []) {
  const names = namesIn(to);
  if (names.length === 0) return null;
  const known = [...captureNames(path), ...builtIn];
  const name = names.find((each) => !known.includes(each));
  if (name === undefined) return null;
  const suggestion = didYouMean(name, known) ?? `capture it in the path: \`/{${name}}\``;
  return fault("route.capture", `the path captures no ${quoted(name)}`, suggestion);
}

export function rewriteFault(path: PathPattern, rewrite: Rewrite): Result<never, ValueFault> | null {
  const compiled = compileRewrite(path, rewrite);
  if (compiled.ok) return null;
  const hint = /^[^/{]/.test(rewrite.to) && rewrite.kind !== "regex" ? `write \`/${rewrite.to}\`` : null;
  return fault("route.rewrite", `${quoted(rewrite.to)} is no new path: ${compiled.error.detail}`, hint);
}

export function redirectFault(path: PathPattern, to: string): Result<never, ValueFault> | null {
  const compiled = compileRedirect(path, to);
  if (compiled.ok) return null;
  const hint = /^[\w.-]+\.[\w.-]+(?:[:/]|$)/.test(to) ? `write \`https://${to}\`` : null;
  return fault("route.redirect", `${quoted(to)} is no place to redirect to: ${compiled.error.detail}`, hint);
}

/** What a redirect may use besides the captures of the path. */
export const REDIRECT_CAPTURES: readonly string[] = ["host", "path", "query"];

/** A path that captures whatever `to` uses, so that everything else about `to` can be checked alone. */
function patternWithCaptures(to: string): PathPattern {
  const names = namesIn(to).filter((name) => !REDIRECT_CAPTURES.includes(name));
  if (names.length === 0) return ANY_PATH;
  return { kind: "prefix", template: `/${names.map((name) => `{${name}}`).join("/")}` };
}

function namesIn(to: string): string[] {
  if (!to.includes("{")) return [];
  return [...new Set([...to.matchAll(CAPTURE)].map(([, name]) => name!))];
}

const ANY_PATH: PathPattern = { kind: "prefix", template: "/" };
const CAPTURE = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** `$$` is a dollar sign. */
const GROUP_REFERENCE = /\$(?:(\d{1,2})|\{([A-Za-z_][A-Za-z0-9_]*)\}|\$)/g;
