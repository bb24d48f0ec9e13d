/**
 * Routes that no request reaches, and the routes that take what they could have. A request is made that the
 * route asks for, and the router is asked; as long as other routes take it, a request outside of theirs is looked
 * for, until the route gets one or it is proved that none is left.
 */

import { covers } from "../../routing/constraint-sets.ts";
import { ConstraintCompiler } from "../../routing/constraints.ts";
import { parseExactPath, parseTemplate } from "../../routing/path-template.ts";
import { compileRegex } from "../../routing/regex.ts";
import type { PathPattern } from "../../routing/route-match.ts";
import type { RoutedRequest, Router } from "../../routing/router.ts";
import type { BuiltRoute } from "../build/routes.ts";
import { diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { HttpRouteModel } from "../model.ts";
import { valueAt } from "../source/config-node.ts";
import type { LintSubject } from "./subject.ts";
import { PATH_ALPHABET } from "./text/alphabets.ts";
import type { Automaton } from "./text/automaton.ts";
import { findText } from "./text/find-text.ts";
import { anyPath, exactAutomaton, templateAutomaton } from "./text/path-automata.ts";
import { regexAutomaton } from "./text/regex-automaton.ts";
import { hostsFor, pathFor, requestsFor } from "./witness.ts";

/** Gives the labels of those that are told. */
export function reportUnreachable(subject: LintSubject): ReadonlySet<string> {
  const unreachable = new Set<string>();
  const nodes = new Map(subject.httpRoutes.map(({ model, node }) => [model.label, node]));
  for (const route of subject.httpRoutes) {
    const covering = coverOf(route, subject);
    if (covering === null) continue;
    unreachable.add(route.model.label);
    const labels = covering.map(({ label }) => quoted(label));
    const message = `no request reaches ${quoted(route.model.label)}: ${labels.join(" and ")} ${
      covering.length === 1 ? "takes" : "take"
    } everything that it could match`;
    const related = covering.map(({ label }) =>
      relatedAt(nodes.get(label)!, "the route that takes its requests"),
    );
    const place = valueAt(route.node, "path") ?? route.node;
    subject.found.add(diagnose("route.unreachable", place, message, { related }));
  }
  return unreachable;
}

/** The routes that leave nothing, on whichever listener and host; null when the route gets something, or may. */
function coverOf({ model }: BuiltRoute<HttpRouteModel>, subject: LintSubject): HttpRouteModel[] | null {
  const all = new Set<HttpRouteModel>();
  for (const listener of model.listeners) {
    const router = subject.routers.get(listener);
    for (const index of hostsFor(model.match).keys()) {
      const cover = router === undefined ? null : coverOnHost(model, index, router, subject);
      if (cover === null) return null;
      for (const each of cover) all.add(each);
    }
  }
  return [...all];
}

function coverOnHost(
  route: HttpRouteModel,
  hostIndex: number,
  router: Router<HttpRouteModel>,
  { effort }: LintSubject,
): HttpRouteModel[] | null {
  const cover: HttpRouteModel[] = [];
  let path = pathFor(route.match, effort);
  while (path !== null && cover.length < MOST_COVERING) {
    const request: RoutedRequest | undefined = requestsFor(route.match, path, effort)[hostIndex];
    const taker = request === undefined ? null : (router.match(request)?.value ?? null);
    // Nobody takes it: then the request was not what the route asks for, and nothing is known.
    if (taker === null || taker === route || !asksNoMore(taker, route) || cover.includes(taker)) return null;
    cover.push(taker);
    const left = pathOutside(route, cover, effort);
    if (left === "none") return cover;
    path = left;
  }
  return null;
}

/** Whether `taker` takes every request of `route` whose path it matches. */
function asksNoMore(taker: HttpRouteModel, route: HttpRouteModel): boolean {
  const compiler = new ConstraintCompiler();
  const [wide, narrow] = [compiler.compile(taker.match), compiler.compile(route.match)];
  return wide.ok && narrow.ok && covers(wide.value, narrow.value);
}

/** A path that the route matches and those do not; null when it cannot be found out. */
function pathOutside(
  route: HttpRouteModel,
  others: readonly HttpRouteModel[],
  effort: LintSubject["effort"],
): string | "none" | null {
  const own = automatonOf(route.match.path);
  const outside = others.map(({ match }) => automatonOf(match.path));
  if (own === null || outside.includes(null)) return null;
  const question = { inside: [anyPath, own], outside: outside as Automaton[], alphabet: PATH_ALPHABET };
  const found = findText(question, effort);
  if (found.kind === "found") return found.text;
  return found.kind === "none" ? "none" : null;
}

function automatonOf(path: PathPattern): Automaton | null {
  if (path.kind === "exact") {
    const exact = parseExactPath(path.path);
    return exact.ok ? exactAutomaton(exact.value) : null;
  }
  if (path.kind === "prefix") {
    const template = parseTemplate(path.template);
    return template.ok ? templateAutomaton(template.value) : null;
  }
  const regex = compileRegex(path.source);
  return regex.ok ? regexAutomaton(regex.value) : null;
}

/** Together they cover what the route has; more than that nobody would call one mistake. */
const MOST_COVERING = 8;
