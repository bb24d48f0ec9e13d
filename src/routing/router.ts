/**
 * What routing takes and gives: rules in (`compileRoutes`), one hit per request out. The router knows
 * neither upstreams nor filters; whatever a route leads to is the opaque `value` of its rule.
 */
import type { RouteMatch, ValuePattern } from "./route-match.ts";

export interface RouteRule<T> {
  readonly match: RouteMatch;
  /** Unique; it stands for the rule in problems and traces. */
  readonly label: string;
  readonly value: T;
}

/** What is read of a request. All of it has passed the grammar of its protocol version. */
export interface RoutedRequest {
  /** Lower-case, without a port; empty when the request names none. */
  readonly host: string;
  /** From `normalisePath`. */
  readonly path: string;
  /** As received, without the `?`; empty when there is none. */
  readonly query: string;
  readonly method: string;
  /** @param name lower-case. Several lines are joined by `, `; null when there is none. */
  header(name: string): string | null;
}

/** Shared between requests, and frozen, when the rule captures nothing and its path is not a regex. */
export interface RouteHit<T> {
  readonly value: T;
  /** Parts of the normalised path, so still percent-encoded. Null when the rule names none. */
  readonly captures: Readonly<Record<string, string>> | null;
  /** How much of the path a prefix rewrite replaces. What follows is empty or, but for regexes, begins with `/`. */
  readonly matchedLength: number;
}

export interface Router<T> {
  /**
   * Synchronous and, without a trace, free of allocation for most rules.
   * @param trace receives every decision in order; the answer is the same with and without it
   */
  match(request: RoutedRequest, trace?: RouteStep[] | null): RouteHit<T> | null;
}

/**
 * One decision of a traced match. Rules that do not appear were never compared: their hosts do not include
 * the chosen one, or their path does not match.
 */
export type RouteStep =
  /** Every host that fits, most specific first; null stands for the rules without a host. Only the first is used. */
  | { readonly type: "host"; readonly pattern: string | null; readonly chosen: boolean }
  /** Every rule whose host and path fit (and every regex tried), in order of precedence. */
  | { readonly type: "route"; readonly label: string; readonly outcome: RouteOutcome };

export type RouteOutcome =
  | { readonly kind: "taken" }
  /** It fits as well, but another rule comes first. */
  | { readonly kind: "lessSpecific" }
  | RouteFailure;

/** The first thing about a rule that the request does not meet. */
export type RouteFailure =
  /** Only of a regex: other paths that do not match are never compared. */
  | { readonly kind: "path"; readonly source: string }
  | { readonly kind: "method"; readonly allowed: readonly string[] }
  | { readonly kind: "header" | "query"; readonly name: string; readonly expected: ValuePattern };

export interface RouteProblem {
  readonly code: RouteProblemCode;
  /** The label of the rule at fault; of two, the one that was defined first. */
  readonly first: string;
  readonly second: string | null;
  /** For people, without the labels. */
  readonly detail: string;
}

export type RouteProblemCode =
  /** A host pattern that no request can have. */
  | "invalidHost"
  /** A path that no request can have, or a template that cannot be read. */
  | "invalidPath"
  /** A pattern that the engine cannot run, or not in linear time. */
  | "invalidRegex"
  /** The same host, path, methods, headers and query. */
  | "duplicate"
  /** Different, but some request meets both and neither comes first. */
  | "ambiguous"
  /** `second` can never be reached, because `first` takes everything it could match. */
  | "unreachable"
  /** More rules with one host, path and rank than can be compared with each other. */
  | "tooManyAlike";
