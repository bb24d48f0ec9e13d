/** Header fields and query parameters that meet a route's conditions, and those that just do not. */
import type { RouteMatch, ValueMatch, ValuePattern } from "../../routing/route-match.ts";
import { type Samples, textOf } from "../samples.ts";

export type Pair = readonly [name: string, value: string];

export interface Conditions {
  readonly headers: readonly Pair[];
  readonly query: readonly Pair[];
}

/** Null when no value could be found for a pattern. */
export function metConditions({ headers, query }: RouteMatch, samples: Samples): Conditions | null {
  const [fields, parameters] = [metPairs(headers, samples), metPairs(query, samples)];
  return fields === null || parameters === null ? null : { headers: fields, query: parameters };
}

/** Each condition in turn left out, and answered with another value. */
export function unmetConditions(match: RouteMatch, met: Conditions, samples: Samples): Conditions[] {
  return [
    ...variants(match.headers, met.headers, samples).map((headers) => ({ ...met, headers })),
    ...variants(match.query, met.query, samples).map((query) => ({ ...met, query })),
  ];
}

/** A target with parameters added. */
export function withQuery(path: string, query: readonly Pair[]): string {
  if (query.length === 0) return path;
  const text = query
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
  return `${path}${path.includes("?") ? "&" : "?"}${text}`;
}

function metPairs(matches: readonly ValueMatch[], samples: Samples): Pair[] | null {
  const pairs = matches.map(({ name, value }) => [name, metValue(value, samples)] as const);
  return pairs.some(([, value]) => value === null) ? null : (pairs as Pair[]);
}

function metValue(pattern: ValuePattern, samples: Samples): string | null {
  if (pattern.kind === "regex") return textOf(samples.value([pattern.source]));
  return pattern.kind === "exact" ? pattern.value : "1";
}

function unmetValue(pattern: ValuePattern, samples: Samples): string | null {
  if (pattern.kind === "regex") return textOf(samples.value([], [pattern.source]));
  return pattern.kind === "exact" ? `${pattern.value}x` : null;
}

function variants(matches: readonly ValueMatch[], met: readonly Pair[], samples: Samples): Pair[][] {
  return matches.flatMap(({ name, value }) => {
    const others = met.filter(([each]) => each !== name);
    const unmet = unmetValue(value, samples);
    return [others, ...(unmet === null ? [] : [[...others, [name, unmet] as const]])];
  });
}
