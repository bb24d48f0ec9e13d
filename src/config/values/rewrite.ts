/** `rewrite` and `redirect.to`: new paths that may use what the route's path captured. */
import { ok, type Result } from "../../base/result.ts";
import { canonicalPathText } from "../../routing/path-template.ts";
import type { PathPattern, Rewrite } from "../../routing/route-match.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import { captureNames } from "./path-pattern.ts";
import { parseRegex } from "./regex.ts";
import { fault, type ValueFault } from "./value-fault.ts";

export function parsePrefixRewrite(to: string): Result<Rewrite, ValueFault> {
  const wrong = pathFault(to);
  return wrong ?? ok({ kind: "prefix", to });
}

export function parseFullRewrite(to: string): Result<Rewrite, ValueFault> {
  const wrong = pathFault(to);
  return wrong ?? ok({ kind: "full", to });
}

export function parseRegexRewrite(source: string, to: string): Result<Rewrite, ValueFault> {
  const shape = parseRegex(source);
  if (!shape.ok) return fault(shape.error.code, shape.error.message, shape.error.suggestion, ["regex"]);
  for (const [reference, number, name] of to.matchAll(GROUP_REFERENCE)) {
    const known =
      name === undefined ? Number(number) <= shape.value.groupCount : shape.value.groupNames.includes(name);
    if (known) continue;
    const hint = name === undefined ? null : didYouMean(name, shape.value.groupNames);
    return fault("route.capture", `the pattern has no group ${quoted(reference)}`, hint, ["to"]);
  }
  return ok({ kind: "regex", source, to });
}

/** The first capture in `text` that `pattern` does not have, as a fault. */
export function unknownCapture(
  text: string,
  pattern: PathPattern,
  builtIn: readonly string[] = [],
): ValueFault | null {
  const known = [...captureNames(pattern), ...builtIn];
  for (const [, name] of text.matchAll(CAPTURE)) {
    if (known.includes(name!)) continue;
    const result = fault("route.capture", `the path captures no ${quoted(name!)}`, captureHint(name!, known));
    return result.ok ? null : result.error;
  }
  return null;
}

/** `to` of a redirect: an absolute URL, or a path. Captures are checked with the route. */
export function parseRedirectTarget(to: string): Result<string, ValueFault> {
  if (!/^(?:https?:\/\/[^/]|\/|\{)/i.test(to)) {
    return fault(
      "config.bad_value",
      `${quoted(to)} is neither a URL nor a path`,
      "start with `https://` or `/`",
    );
  }
  if (!NOT_IN_A_URL.test(to)) return ok(to);
  return fault("config.bad_value", `${quoted(to)} holds a character that no URL has`, "percent-encode it");
}

/** The captures that a redirect has besides those of the path. */
export const REDIRECT_CAPTURES = ["host", "path", "query"] as const;

function pathFault(to: string): Result<never, ValueFault> | null {
  if (!to.startsWith("/")) {
    return fault("route.rewrite", `the new path ${quoted(to)} does not start with \`/\``, `write \`/${to}\``);
  }
  // A query of its own is allowed, and may use captures as well.
  const [path, ...query] = to.replace(CAPTURE, "x").split("?");
  for (const part of [path!, query.join("?")]) {
    const text = canonicalPathText(part.replaceAll("?", ""));
    const reason = text.ok ? (/[{}]/.test(part) ? "captures are written `{name}`" : null) : text.error;
    if (reason !== null) return fault("route.rewrite", `${quoted(to)} is not a path: ${reason}`);
  }
  return null;
}

function captureHint(name: string, known: readonly string[]): string {
  return didYouMean(name, known) ?? `capture it in the path: \`/{${name}}\``;
}

const CAPTURE = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
const GROUP_REFERENCE = /\$(?:([0-9]+)|\{([A-Za-z_][A-Za-z0-9_]*)\})/g;
const NOT_IN_A_URL = /[^\x21-\x7e]/;
