/**
 * Rules in, router out. Everything that can be decided before a request comes is decided here: patterns are
 * parsed, rules hung into one index per host, hits made, contradictions reported. All problems are
 * reported, not only the first, and then there is no router.
 */
import { err, ok, type Result } from "../base/result.ts";
import { atOnce, type Steps } from "../base/steps.ts";
import { added, type Candidate, ordered } from "./candidate.ts";
import { Conflicts } from "./conflicts.ts";
import { reportHiddenRegexes } from "./hidden-regexes.ts";
import { HostIndex, type HostPattern, hostText } from "./host-index.ts";
import { type ParsedPath, type ParsedRules, RuleParser } from "./parse-rule.ts";
import { PathIndex } from "./path-index.ts";
import { type PathNode, PathTree } from "./path-node.ts";
import type { LinearRegex } from "./regex.ts";
import { findRegex, type RegexRoutes } from "./regex-routes.ts";
import type { RoutedRequest, RouteHit, RouteProblem, RouteRule, Router, RouteStep } from "./router.ts";
import { TraceRecorder } from "./trace.ts";

/** Ten thousand rules take some tens of milliseconds. */
export function compileRoutes<T>(
  rules: readonly RouteRule<T>[],
  parsed: ParsedRules<T> | null = null,
): Result<Router<T>, readonly RouteProblem[]> {
  return atOnce(compileRoutesInSteps(rules, parsed));
}

/** @param parsed rules that are objects of before are taken from there; all are put there */
export function* compileRoutesInSteps<T>(
  rules: readonly RouteRule<T>[],
  parsed: ParsedRules<T> | null = null,
): Steps<Result<Router<T>, readonly RouteProblem[]>> {
  const builder = new RouterBuilder<T>(parsed);
  for (const [order, rule] of rules.entries()) {
    builder.add(rule, order);
    yield;
  }
  const problems = yield* builder.finish();
  if (problems.length > 0) return err(problems);
  yield;
  const router = builder.router();
  yield;
  return ok(router);
}

class CompiledRouter<T> implements Router<T> {
  readonly #hosts: HostIndex<HostRoutes<T>>;
  readonly #paths: PathIndex<T>;

  constructor(hosts: HostIndex<HostRoutes<T>>, paths: PathIndex<T>) {
    this.#hosts = hosts;
    this.#paths = paths;
  }

  match(request: RoutedRequest, trace: RouteStep[] | null = null): RouteHit<T> | null {
    const routes = this.#hosts.of(request, trace);
    if (routes === null) return null;
    const recorder = trace === null ? null : new TraceRecorder<T>(trace);
    const hit =
      this.#paths.find(routes.root, request, recorder) ?? findRegex(routes.regexes, request, recorder);
    return recorder === null ? hit : recorder.hit;
  }
}

class RouterBuilder<T> {
  /** By the text of the pattern. */
  readonly #hosts = new Map<string | null, HostRules<T>>();
  readonly #tree = new PathTree<T>();
  readonly #parser: RuleParser<T>;
  readonly #problems: RouteProblem[] = [];

  constructor(parsed: ParsedRules<T> | null) {
    this.#parser = new RuleParser<T>(parsed);
  }

  add(rule: RouteRule<T>, order: number): void {
    const parsed = this.#parser.parse(rule, order);
    if (!parsed.ok) {
      this.#problems.push(...parsed.error);
      return;
    }
    const { hosts, path, candidate } = parsed.value;
    for (const host of hosts) this.#insert(this.#rulesOf(host), path, candidate);
  }

  /** Call once, after the last rule. */
  *finish(): Steps<readonly RouteProblem[]> {
    const conflicts = new Conflicts<T>();
    for (const node of this.#tree.nodes) {
      node.sort();
      for (const place of [node.exact, node.below, node.prefix]) conflicts.inspect(place);
      yield;
    }
    for (const { regexes } of this.#hosts.values()) {
      for (const routes of regexes.values()) {
        routes.place = ordered(routes.place);
        conflicts.inspect(routes.place);
      }
      yield;
    }
    const hosts = [...this.#hosts.values()];
    reportHiddenRegexes(hosts.map(frozen), conflicts);
    return [...this.#problems, ...conflicts.problems];
  }

  router(): Router<T> {
    const hosts = [...this.#hosts.values()];
    const index = new HostIndex(hosts.map((rules) => [rules.host, frozen(rules)] as const));
    return new CompiledRouter(index, new PathIndex(this.#tree.nodes));
  }

  #rulesOf(host: HostPattern): HostRules<T> {
    const key = hostText(host);
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    const rules: HostRules<T> = { host, root: this.#tree.addRoot(), regexes: new Map() };
    this.#hosts.set(key, rules);
    return rules;
  }

  #insert({ root, regexes }: HostRules<T>, path: ParsedPath, candidate: Candidate<T>): void {
    if (path.kind === "exact") this.#tree.addExact(root, path.path, candidate);
    else if (path.kind === "template") this.#tree.addTemplate(root, path.template, candidate);
    else addRegex(regexes, path.regex, candidate);
  }
}

function addRegex<T>(
  regexes: Map<string, RegexRoutes<T>>,
  regex: LinearRegex,
  candidate: Candidate<T>,
): void {
  const known = regexes.get(regex.source);
  if (known !== undefined) {
    known.place = added(known.place, candidate);
    return;
  }
  const failure = { kind: "path", source: regex.source } as const;
  regexes.set(regex.source, { regex, failure, place: added(null, candidate) });
}

function frozen<T>({ root, regexes }: HostRules<T>): HostRoutes<T> {
  return { root, regexes: [...regexes.values()] };
}

interface HostRoutes<T> {
  readonly root: PathNode<T>;
  /** In the order of their definition. */
  readonly regexes: readonly RegexRoutes<T>[];
}

/** While it is built. */
interface HostRules<T> {
  readonly host: HostPattern;
  readonly root: PathNode<T>;
  /** By source. */
  readonly regexes: Map<string, RegexRoutes<T>>;
}
