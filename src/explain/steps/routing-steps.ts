/**
 * The choice of the host and then of the route, out of the trace that the router itself left. The router compares
 * only what can fit; what else there is on the listener is counted, and named when nothing fits.
 */

import { didYouMean } from "../../config/diagnostics/near-miss.ts";
import type { HttpRouteModel } from "../../config/model.ts";
import type { ValueSource } from "../../config/provenance.ts";
import { valueAt } from "../../config/source/config-node.ts";
import { RequestView } from "../../exchange/request-view.ts";
import { queryValue } from "../../routing/query-value.ts";
import type { RouteFailure, RouteStep } from "../../routing/router.ts";
import { headerText, matchText, pathText, queryText } from "./match-words.ts";
import { type Matter, type Step, step } from "./step.ts";

export function routingSteps(matter: Matter): Step[] {
  const view = RequestView.of(matter.decision.http!.head, matter.decision.http!.client);
  if (view === null) return [];
  const hosts = matter.trace.filter((each) => each.type === "host");
  const chosen = hosts.find((each) => each.chosen);
  const routes = routesOf(matter);
  if (chosen === undefined) return [noHost(view.host, routes)];
  const ofHost = routes.filter(({ match }) => hasHost(match.hosts, chosen.pattern));
  return [
    hostStep(view.host, chosen.pattern, hosts, ofHost, matter),
    ...matter.trace.flatMap((each) => (each.type === "route" ? [routeStep(each, view, matter)] : [])),
    ...otherRoutes(ofHost, matter),
  ];
}

function routesOf({ configuration, decision }: Matter): HttpRouteModel[] {
  const { name } = decision.listener!.model;
  return configuration.routes.filter(
    (route): route is HttpRouteModel => route.kind === "http" && route.listeners.includes(name),
  );
}

function hasHost(hosts: readonly string[], pattern: string | null): boolean {
  return pattern === null ? hosts.length === 0 : hosts.includes(pattern);
}

function noHost(host: string, routes: readonly HttpRouteModel[]): Step {
  const known = [...new Set(routes.flatMap(({ match }) => match.hosts))];
  const remark = didYouMean(host, known) ?? `the listener has ${some(known)}`;
  return step("host", `no route is for ${host}`, { remark, facts: { host, pattern: null, hosts: known } });
}

function hostStep(
  host: string,
  pattern: string | null,
  fitting: readonly Extract<RouteStep, { type: "host" }>[],
  ofHost: readonly HttpRouteModel[],
  { provenance }: Matter,
): Step {
  const others = fitting
    .filter(({ chosen }) => !chosen)
    .map((other) => other.pattern ?? "routes without a host");
  const first = pattern === null ? undefined : ofHost[0];
  return step("host", pattern ?? `any: no route names ${host}`, {
    remark: others.length === 0 ? null : `less specific, so not looked at: ${others.join(", ")}`,
    source: first === undefined ? null : hostSource(provenance.route(first.label, "host"), pattern!),
    facts: { host, pattern, passed_over: others },
  });
}

/** The item of a list that is the pattern, however it is spelled; else the whole value. */
function hostSource(source: ValueSource, pattern: string): ValueSource {
  const items = source.node?.kind === "list" ? source.node.items : [];
  const item = items.find((each) => each.kind === "scalar" && String(each.value).toLowerCase() === pattern);
  return { from: source.from, node: item ?? source.node };
}

function routeStep(
  { label, outcome }: Extract<RouteStep, { type: "route" }>,
  view: RequestView,
  matter: Matter,
): Step {
  const { match } = matter.routes.get(label) as HttpRouteModel;
  const facts = { route: label, outcome: outcome.kind };
  const { provenance } = matter;
  switch (outcome.kind) {
    case "taken":
      return step("route", `${label} is taken: ${matchText(match)}`, {
        source: provenance.route(label),
        facts,
      });
    case "lessSpecific": {
      const why = lessSpecific(match, matter);
      return step("route", `${label} would fit, ${why}`, { source: provenance.route(label), facts });
    }
    default:
      return step("route", `${label} is passed over: it asks for ${wanted(outcome)}`, {
        remark: actual(outcome, view),
        source: failureSource(label, outcome, matter),
        facts: { ...facts, wants: wanted(outcome) },
      });
  }
}

function lessSpecific(match: HttpRouteModel["match"], { decision, routes }: Matter): string {
  const taken = routes.get(decision.route!) as HttpRouteModel;
  const samePath = JSON.stringify(match.path) === JSON.stringify(taken.match.path);
  return samePath ? "and asks for less" : `and its path is less specific: ${pathText(match.path)}`;
}

function wanted(failure: RouteFailure): string {
  switch (failure.kind) {
    case "path":
      return `the pattern ${failure.source}`;
    case "method":
      return failure.allowed.join(" or ");
    case "header":
      return headerText({ name: failure.name, value: failure.expected });
    case "query":
      return queryText({ name: failure.name, value: failure.expected });
  }
}

function actual(failure: RouteFailure, view: RequestView): string | null {
  if (failure.kind === "path" || failure.kind === "method") return null;
  const value = failure.kind === "header" ? view.header(failure.name) : queryValue(view.query, failure.name);
  return value === null ? "the request has none" : `the request has ${value === "" ? "an empty one" : value}`;
}

function failureSource(label: string, failure: RouteFailure, { provenance }: Matter): ValueSource {
  if (failure.kind === "path") return provenance.route(label, "path");
  if (failure.kind === "method") return provenance.route(label, "methods");
  if (failure.kind === "query") return provenance.route(label, "query", failure.name);
  const { from, node } = provenance.route(label, "headers");
  if (node?.kind !== "map") return { from, node };
  const key = [...node.entries.keys()].find((each) => each.toLowerCase() === failure.name);
  return { from, node: valueAt(node, key ?? "") ?? node };
}

/** Those that were never compared, because no part of their path fits. */
function otherRoutes(ofHost: readonly HttpRouteModel[], { trace, decision }: Matter): Step[] {
  const compared = new Set(trace.flatMap((each) => (each.type === "route" ? [each.label] : [])));
  const others = ofHost.filter(({ label }) => !compared.has(label));
  if (others.length === 0) return [];
  const count = others.length === 1 ? "one other route" : `${others.length} other routes`;
  const paths = some([...new Set(others.map(({ match }) => pathText(match.path)))]);
  const facts = { route: null, others: others.length };
  if (decision.route !== null) return [step("route", `${count} of this host: other paths`, { facts })];
  return [step("route", `${count} of this host: other paths`, { remark: paths, facts })];
}

function some(words: readonly string[]): string {
  if (words.length === 0) return "none";
  const shown = words.slice(0, SHOWN).join(", ");
  return words.length > SHOWN ? `${shown} and ${words.length - SHOWN} more` : shown;
}

const SHOWN = 6;
