/**
 * Finds rules that cannot both be meant: of one host, one path and one rank, and with requests in common. For
 * those the contract has no precedence, and order in the files must not decide.
 */
import { type Candidate, inPlace } from "./candidate.ts";
import { apart, same } from "./constraint-sets.ts";
import { type Constraints, compareConstraints } from "./constraints.ts";
import type { RouteProblem, RouteProblemCode } from "./router.ts";

export class Conflicts<T> {
  readonly problems: RouteProblem[] = [];
  /** Two rules may meet on several hosts. */
  readonly #reported = new Set<string>();
  #comparisons = 0;

  /** Reports the rules of one place, in order, that share a rank and a request. */
  inspect(place: Candidate<T> | null): void {
    if (place === null || place.next === null) return;
    for (const peers of ranks(inPlace(place))) {
      for (const alike of likely(peers)) this.#inspectPairs(alike);
    }
  }

  /** Reports that `hidden` is never reached because `cover` takes everything first. */
  unreachable(cover: Candidate<T>, hidden: Candidate<T>): void {
    this.#report(
      "unreachable",
      cover,
      hidden,
      "a prefix beats a regex, and this prefix takes every path of the host",
    );
  }

  #inspectPairs(candidates: readonly Candidate<T>[]): void {
    for (const [index, candidate] of candidates.entries()) {
      for (let next = index + 1; next < candidates.length; next++) {
        const other = candidates[next]!;
        if (this.#isSpent(candidate, other)) return;
        this.#compare(candidate, other);
      }
    }
  }

  #compare(a: Candidate<T>, b: Candidate<T>): void {
    if (apart(a.constraints, b.constraints)) return;
    if (same(a.constraints, b.constraints)) {
      this.#report("duplicate", a, b, "both ask for the same host, path, methods, headers and query");
    } else {
      this.#report("ambiguous", a, b, "some requests meet both, and neither asks for more than the other");
    }
  }

  /** Whether to stop looking: because enough was found, or because it would take too long. */
  #isSpent(a: Candidate<T>, b: Candidate<T>): boolean {
    if (this.problems.length >= MAX_PROBLEMS) return true;
    if (++this.#comparisons < MAX_COMPARISONS) return false;
    const detail = "too many rules share a host, a path and the number of things they ask for";
    if (this.#comparisons === MAX_COMPARISONS) this.#report("tooManyAlike", a, b, detail);
    return true;
  }

  #report(code: RouteProblemCode, a: Candidate<T>, b: Candidate<T>, detail: string): void {
    const [first, second] = [a.label, b.label];
    const key = JSON.stringify([code, first, second]);
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.problems.push({ code, first, second, detail });
  }
}

/** Runs of candidates of equal rank. */
function ranks<T>(ordered: readonly Candidate<T>[]): Candidate<T>[][] {
  const runs: Candidate<T>[][] = [];
  for (const candidate of ordered) {
    const run = runs.at(-1);
    const isPeer = run !== undefined && compareConstraints(run[0]!.constraints, candidate.constraints) === 0;
    if (isPeer) run.push(candidate);
    else runs.push([candidate]);
  }
  return runs;
}

/**
 * Peers that may have requests in common. Where all of them ask for one value of the same field, those with
 * different values have none: ten thousand rules for ten thousand tenants are not compared pair by pair.
 */
function likely<T>(peers: readonly Candidate<T>[]): Iterable<readonly Candidate<T>[]> {
  const keys = peers.map(({ constraints }) => exactValues(constraints));
  const shared = [...keys[0]!.keys()].filter((name) => keys.every((values) => values.has(name)));
  const groups = new Map<string, Candidate<T>[]>();
  for (const [index, peer] of peers.entries()) {
    const key = JSON.stringify(shared.map((name) => keys[index]!.get(name)));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [peer]);
    else group.push(peer);
  }
  return groups.values();
}

/** What a rule wants to be exactly one value. */
function exactValues(constraints: Constraints | null): Map<string, string> {
  const values = new Map<string, string>();
  const { methods = [], headers = [], query = [] } = constraints ?? {};
  if (methods.length === 1) values.set("method", methods[0]!);
  for (const [part, checks] of [
    ["header", headers],
    ["query", query],
  ] as const) {
    for (const { match } of checks) {
      if (match.value.kind === "exact") values.set(`${part} ${match.name}`, match.value.value);
    }
  }
  return values;
}

/** Pairs, over all places: some 0.2 s. 2,000 rules of one place that nothing tells apart are two million. */
const MAX_COMPARISONS = 2_000_000;

/** More would only hide the first. */
const MAX_PROBLEMS = 100;
