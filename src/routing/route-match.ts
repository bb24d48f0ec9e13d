/**
 * What a route asks of a request, as plain data. The configuration produces it, `compileRoutes`
 * turns it into a matcher, and `explain` prints it. The precedence is the contract's: host (exact,
 * longest wildcard, none), then path (exact, longest literal prefix, regex), then method, headers, query.
 */
export interface RouteMatch {
  /** Lower-case names without a port; `*.example.org` stands for one or more labels. Empty: any host. */
  readonly hosts: readonly string[];
  readonly path: PathPattern;
  /** Case-sensitive tokens as in RFC 9110 section 9. Empty: any method. */
  readonly methods: readonly string[];
  /** Names are lower-case. All must hold. */
  readonly headers: readonly ValueMatch[];
  /** Names are case-sensitive, percent-decoded. All must hold. */
  readonly query: readonly ValueMatch[];
}

export type PathPattern =
  /** By whole segments; `{name}` captures one segment, a final `{*name}` the remainder. */
  | { readonly kind: "prefix"; readonly template: string }
  | { readonly kind: "exact"; readonly path: string }
  /** Run in linear time (RE2 syntax); named groups are captures. */
  | { readonly kind: "regex"; readonly source: string };

export interface ValueMatch {
  readonly name: string;
  readonly value: ValuePattern;
}

export type ValuePattern =
  | { readonly kind: "exact"; readonly value: string }
  | { readonly kind: "regex"; readonly source: string }
  | { readonly kind: "present" };

/** How the path changes on its way upstream. The query is kept unless the new path brings its own. */
export type Rewrite =
  /** Replaces the matched prefix; captures as `{name}`. */
  | { readonly kind: "prefix"; readonly to: string }
  /** Replaces what the pattern matches; `$1` and `${name}` stand for its groups. */
  | { readonly kind: "regex"; readonly source: string; readonly to: string }
  /** Replaces the whole path; captures as `{name}`. */
  | { readonly kind: "full"; readonly to: string };
