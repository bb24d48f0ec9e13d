/**
 * The one case in which the order of routes in the files decides: patterns. Of one host the pattern that is defined
 * first is tried first, and so it is with two different patterns for one field of one path. Two such routes that have
 * changed their order are a change if some request fits both.
 */
import type { HttpRouteModel } from "../../config/model.ts";
import { compileRegex } from "../../routing/regex.ts";
import type { ValueMatch, ValuePattern } from "../../routing/route-match.ts";
import { type Samples, textOf } from "../samples.ts";
import type { Side } from "../side.ts";
import { conditionsKey, hostsOf, pathKey, socketKeysOf } from "./route-key.ts";

export interface Reordered {
  readonly socket: string;
  readonly host: string | null;
  /** In the order that now holds. */
  readonly first: HttpRouteModel;
  readonly second: HttpRouteModel;
  /** What both fit; null when nothing was found and nothing could be ruled out. */
  readonly common: CommonRequest | null;
}

export interface CommonRequest {
  /** Null when the routes have a path that is no pattern. */
  readonly path: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly query: readonly (readonly [name: string, value: string])[];
}

export function compareOrder(before: Side, after: Side, samples: Samples): Reordered[] {
  const [old, fresh] = [contestsOf(before), contestsOf(after)];
  const found: Reordered[] = [];
  for (const [key, routes] of fresh) {
    const was = old.get(key);
    if (was === undefined) continue;
    for (const [first, second] of swapped([...was.keys()], routes)) {
      if (found.length >= MOST_TOLD) return found;
      const common = commonRequest(first, second, samples);
      if (common === "none") continue;
      const [socket, host] = JSON.parse(key) as [string, string | null];
      found.push({ socket, host, first, second, common });
    }
  }
  return found;
}

/** Routes among which the order may decide, by a text that is the same in both configurations, in their order. */
type Contest = Map<string, HttpRouteModel>;

function contestsOf(side: Side): Map<string, Contest> {
  const contests = new Map<string, Contest>();
  for (const route of side.routes.values()) {
    if (route.kind !== "http" || !hasPattern(route)) continue;
    for (const socket of socketKeysOf(route, side)) {
      for (const host of hostsOf(route.match)) {
        const contest = contests.get(contestKey(socket, host, route)) ?? new Map();
        contests.set(contestKey(socket, host, route), contest);
        const member = contestantKey(route);
        if (!contest.has(member)) contest.set(member, route);
      }
    }
  }
  return contests;
}

function hasPattern({ match: { path, headers, query } }: HttpRouteModel): boolean {
  return path.kind === "regex" || [...headers, ...query].some(({ value }) => value.kind === "regex");
}

/** Paths that are patterns stand against all others of the host; else only routes of one path and rank do. */
function contestKey(socket: string, host: string | null, { match }: HttpRouteModel): string {
  if (match.path.kind === "regex") return JSON.stringify([socket, host]);
  const rank = [match.methods.length > 0, match.headers.length, match.query.length];
  return JSON.stringify([socket, host, pathKey(match.path), rank]);
}

function contestantKey({ match }: HttpRouteModel): string {
  return match.path.kind === "regex" ? match.path.source : conditionsKey(match);
}

/** Pairs that stood the other way round; of thousands of patterns that were shuffled, not all. */
function* swapped(before: readonly string[], now: Contest): Generator<[HttpRouteModel, HttpRouteModel]> {
  const positions = new Map(before.map((key, index) => [key, index]));
  const kept = [...now].flatMap(([key, route]) => {
    const was = positions.get(key);
    return was === undefined ? [] : [{ was, route }];
  });
  if (kept.every(({ was }, index) => index === 0 || kept[index - 1]!.was < was)) return;
  let comparisons = 0;
  for (const [index, first] of kept.entries()) {
    for (let next = index + 1; next < kept.length; next++) {
      if (++comparisons > MOST_COMPARED) return;
      const second = kept[next]!;
      if (first.was > second.was) yield [first.route, second.route];
    }
  }
}

function commonRequest(
  { match: one }: HttpRouteModel,
  { match: other }: HttpRouteModel,
  samples: Samples,
): CommonRequest | "none" | null {
  const headers = commonValues(one.headers, other.headers, samples);
  const query = commonValues(one.query, other.query, samples);
  if (headers === "none" || query === "none" || areApart(one.methods, other.methods)) return "none";
  if (one.path.kind !== "regex" || other.path.kind !== "regex") {
    return headers === null || query === null ? null : { path: null, headers, query };
  }
  const found = samples.path([one.path.source, other.path.source]);
  if (found.kind === "none") return "none";
  const path = textOf(found);
  return path === null || headers === null || query === null ? null : { path, headers, query };
}

function areApart(one: readonly string[], other: readonly string[]): boolean {
  return one.length > 0 && other.length > 0 && !one.some((method) => other.includes(method));
}

/** A value for every name, one that both ask for where both ask for the name. */
function commonValues(
  one: readonly ValueMatch[],
  other: readonly ValueMatch[],
  samples: Samples,
): (readonly [string, string])[] | "none" | null {
  const byName = Map.groupBy([...one, ...other], ({ name }) => name);
  const values: (readonly [string, string])[] = [];
  let isKnown = true;
  for (const [name, matches] of byName) {
    const value = commonValue(
      matches.map((match) => match.value),
      samples,
    );
    if (value === "none") return "none";
    if (value === null) isKnown = false;
    else values.push([name, value.text]);
  }
  return isKnown ? values : null;
}

/** A value that all patterns accept. */
export function commonValue(
  patterns: readonly ValuePattern[],
  samples: Samples,
): { readonly text: string } | "none" | null {
  const exact = patterns.flatMap((each) => (each.kind === "exact" ? [each.value] : []));
  const sources = patterns.flatMap((each) => (each.kind === "regex" ? [each.source] : []));
  const [first] = exact;
  if (first !== undefined) {
    const fits = exact.every((value) => value === first) && sources.every((source) => accepts(source, first));
    return fits ? { text: first } : "none";
  }
  if (sources.length === 0) return { text: "1" };
  const found = samples.value(sources);
  if (found.kind === "none") return "none";
  return found.kind === "found" ? { text: found.text } : null;
}

function accepts(source: string, value: string): boolean {
  const regex = compileRegex(source);
  return regex.ok && regex.value.test(value);
}

/** More would only hide the first. */
const MOST_TOLD = 50;
/** Pairs; some ten milliseconds. */
const MOST_COMPARED = 1_000_000;
