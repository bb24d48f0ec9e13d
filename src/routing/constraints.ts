/**
 * What a rule asks beyond host and path: methods, header fields, query parameters. Compiled so that a check
 * allocates nothing: each part has its failure ready, and the hot path only compares it with null.
 */
import { assertNever } from "../base/assert-never.ts";
import { err, ok, type Result } from "../base/result.ts";
import { queryValue } from "./query-value.ts";
import { compileRegex, type LinearRegex } from "./regex.ts";
import type { RouteMatch, ValueMatch } from "./route-match.ts";
import type { RoutedRequest, RouteFailure } from "./router.ts";

export interface Constraints {
  /** Empty: any. */
  readonly methods: readonly string[];
  readonly headers: readonly ValueCheck[];
  readonly query: readonly ValueCheck[];
  readonly methodFailure: RouteFailure;
}

export interface ValueCheck {
  readonly match: ValueMatch;
  readonly regex: LinearRegex | null;
  readonly failure: RouteFailure;
}

/**
 * Rules that ask for the same share one object: patterns are compiled once, and the constraints of ten thousand
 * rules for GET stay in the processor's caches.
 */
export class ConstraintCompiler {
  readonly #known = new Map<string, Result<Constraints, string>>();

  /** @returns null when the rule asks nothing; what is wrong with a pattern, for people, as the error */
  compile({ methods, headers, query }: Asked): Result<Constraints | null, string> {
    if (methods.length + headers.length + query.length === 0) return ok(null);
    const key = JSON.stringify([methods, headers, query]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const constraints = compileConstraints({ methods, headers, query });
    this.#known.set(key, constraints);
    return constraints;
  }
}

/** The first part that the request does not meet; null when it meets all. */
export function firstFailure(constraints: Constraints, request: RoutedRequest): RouteFailure | null {
  const { methods, headers, query } = constraints;
  if (methods.length > 0 && !methods.includes(request.method)) return constraints.methodFailure;
  for (const check of headers) {
    if (!meets(check, request.header(check.match.name))) return check.failure;
  }
  for (const check of query) {
    if (!meets(check, queryValue(request.query, check.match.name))) return check.failure;
  }
  return null;
}

/**
 * Precedence among rules of one host and path, as in the Gateway API's HTTPRoute: a method beats none, then
 * more headers beat fewer, then more query parameters. Negative when `a` comes first, 0 when neither does.
 */
export function compareConstraints(a: Constraints | null, b: Constraints | null): number {
  const methods = (b !== null && b.methods.length > 0 ? 1 : 0) - (a !== null && a.methods.length > 0 ? 1 : 0);
  if (methods !== 0) return methods;
  const headers = (b?.headers.length ?? 0) - (a?.headers.length ?? 0);
  return headers !== 0 ? headers : (b?.query.length ?? 0) - (a?.query.length ?? 0);
}

type Asked = Pick<RouteMatch, "methods" | "headers" | "query">;

function compileConstraints(asked: Asked): Result<Constraints, string> {
  const headers = compileChecks("header", asked.headers);
  if (!headers.ok) return headers;
  const query = compileChecks("query", asked.query);
  if (!query.ok) return query;
  const methods = [...new Set(asked.methods)];
  const methodFailure: RouteFailure = { kind: "method", allowed: methods };
  return ok({ methods, headers: headers.value, query: query.value, methodFailure });
}

function compileChecks(
  kind: "header" | "query",
  matches: readonly ValueMatch[],
): Result<readonly ValueCheck[], string> {
  const checks: ValueCheck[] = [];
  for (const match of matches) {
    const failure: RouteFailure = { kind, name: match.name, expected: match.value };
    if (match.value.kind !== "regex") {
      checks.push({ match, regex: null, failure });
      continue;
    }
    const regex = compileRegex(match.value.source);
    if (!regex.ok) return err(`${kind} '${match.name}': ${regex.error}`);
    checks.push({ match, regex: regex.value, failure });
  }
  return ok(checks);
}

function meets(check: ValueCheck, value: string | null): boolean {
  if (value === null) return false;
  const pattern = check.match.value;
  switch (pattern.kind) {
    case "exact":
      return value === pattern.value;
    case "present":
      return true;
    case "regex":
      return check.regex!.test(value);
    default:
      return assertNever(pattern);
  }
}
