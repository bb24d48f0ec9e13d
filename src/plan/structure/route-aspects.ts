/** A route as named values: what it asks, and what it does. Timeouts and limits are in `bounds.ts`. */
import type { HttpAction, HttpRouteModel, RouteModel } from "../../config/model.ts";
import type { ValueSource } from "../../config/provenance.ts";
import { valueAt } from "../../config/source/config-node.ts";
import { pathText, valueText } from "../../explain/steps/match-words.ts";
import type { ValueMatch } from "../../routing/route-match.ts";
import type { Side } from "../side.ts";
import { type Aspect, canonicalJson, otherAspects, sourceOf } from "./aspects.ts";
import { ROUTE_KEYS, rewriteKey, sortedFields, upstreamOf } from "./route-action.ts";
import { hostsOf, pathKey, socketKeysOf, withoutNames } from "./route-key.ts";
import { durationText } from "./settings.ts";
import { targetsText, upstreamAspects } from "./upstreams.ts";

export function matchAspects(route: RouteModel, side: Side): Aspect[] {
  const source = sourcesOf(route, side);
  const sockets = socketKeysOf(route, side).join(", ");
  const aspects: Aspect[] = [
    { name: "kind", key: route.kind, text: route.kind, source: source("kind") },
    { name: "listen", key: sockets, text: sockets, source: source("listen") },
  ];
  if (route.kind === "tls" && route.hosts.length > 0) {
    aspects.push(plain("host", [...route.hosts].sort().join(", "), source("host")));
  }
  if (route.kind !== "http") return aspects;
  const { path, methods, headers, query } = route.match;
  const hosts = hostsOf(route.match);
  if (hosts[0] !== null) aspects.push(plain("host", hosts.join(", "), source("host")));
  aspects.push({ name: "path", key: pathKey(path), text: pathText(path), source: source("path") });
  if (methods.length > 0) aspects.push(plain("methods", [...methods].sort().join(", "), source("methods")));
  return [
    ...aspects,
    ...headers.map((match) => conditionAspect("headers", match, route, side)),
    ...query.map((match) => conditionAspect("query", match, route, side)),
    ...otherAspects(route.match, MATCH_KEYS, (name) => side.provenance.route(route.label, name)),
  ];
}

/**
 * How much is to be said of where requests go: nothing when it is the same upstream, whose own changes are told
 * elsewhere; each target when both routes have targets of their own; else what the upstream is.
 */
export type UpstreamDetail = "none" | "targets" | "upstream";

export function doesAspects(route: RouteModel, side: Side, detail: UpstreamDetail): Aspect[] {
  const { provenance } = side;
  const upstream = whereAspects(route, side, detail);
  const other = otherAspects(route, ROUTE_KEYS, (name) => provenance.route(route.label, name));
  if (route.kind === "http") return [...upstream, ...actionAspects(route, side), ...other];
  const { everyMs, attempts } = route.reconnect;
  const source = sourcesOf(route, side);
  return [
    ...upstream,
    plain("reconnect.every", durationText(everyMs), source("reconnect", "every")),
    plain("reconnect.attempts", String(attempts), source("reconnect", "attempts")),
    ...other,
  ];
}

type Sources = (...keys: readonly string[]) => Aspect["source"];

/** Of a key, or of the nearest that is written. */
function sourcesOf({ label }: RouteModel, { provenance }: Side): Sources {
  return (...keys) =>
    () =>
      sourceOf(provenance.route(label, ...keys));
}

function conditionAspect(
  group: "headers" | "query",
  { name, value }: ValueMatch,
  { label }: RouteModel,
  { provenance }: Side,
): Aspect {
  const source = () => sourceOf(keyed(provenance.route(label, group), name));
  return { name: `${group}.${name}`, key: canonicalJson(value), text: valueText(value), source };
}

/** Names of fields are in lower case by now; the file has them as somebody wrote them. */
function keyed({ from, node }: ValueSource, name: string): ValueSource {
  if (node?.kind !== "map") return { from, node };
  const key = [...node.entries.keys()].find((each) => each === name || each.toLowerCase() === name);
  return { from, node: valueAt(node, key ?? "") ?? node };
}

function whereAspects(route: RouteModel, side: Side, detail: UpstreamDetail): Aspect[] {
  const name = upstreamOf(route);
  if (name === null || detail === "none") return [];
  const upstream = side.upstreams.get(name)!;
  if (detail === "targets") return upstreamAspects(upstream, side);
  const source = sourcesOf(route, side);
  if (!side.isInline(name)) {
    return [plain("upstream", `${name} (${targetsText(upstream)})`, source("upstream"))];
  }
  return [plain("upstream", `its own targets (${targetsText(upstream)})`, source("targets"))];
}

function actionAspects(route: HttpRouteModel, side: Side): Aspect[] {
  const { action } = route;
  const source = sourcesOf(route, side);
  switch (action.kind) {
    case "proxy": {
      const key = rewriteKey(action.rewrite, route);
      if (key === null) return [];
      return [{ name: "rewrite", key, text: rewriteText(action), source: source("rewrite") }];
    }
    case "redirect":
      return [
        {
          name: "redirect.to",
          key: withoutNames(action.to, route),
          text: action.to,
          source: source("redirect", "to"),
        },
        plain("redirect.status", String(action.status), source("redirect", "status")),
      ];
    case "respond":
      return [
        plain("respond.status", String(action.status), source("respond", "status")),
        ...fieldAspects(action, route, side),
        ...(action.body === "" ? [] : [plain("respond.body", action.body, source("respond", "body"))]),
      ];
  }
}

function fieldAspects(
  action: Extract<HttpAction, { kind: "respond" }>,
  { label }: HttpRouteModel,
  { provenance }: Side,
): Aspect[] {
  const byName = Map.groupBy(sortedFields(action), ([name]) => name);
  return [...byName].map(([name, fields]) => {
    const values = fields.map(([, value]) => value);
    const source = () => sourceOf(keyed(provenance.route(label, "respond", "headers"), name));
    return { name: `respond.headers.${name}`, key: JSON.stringify(values), text: values.join(", "), source };
  });
}

function rewriteText({ rewrite }: Extract<HttpAction, { kind: "proxy" }>): string {
  switch (rewrite?.kind) {
    case "regex":
      return `what ${rewrite.source} matches to ${rewrite.to}`;
    case "full":
      return `the whole path to ${rewrite.to}`;
    case "prefix":
      return `to ${rewrite.to}`;
    case undefined:
      return "none";
  }
}

function plain(name: string, text: string, source: Aspect["source"]): Aspect {
  return { name, key: text, text, source };
}

const MATCH_KEYS: ReadonlySet<string> = new Set(["hosts", "path", "methods", "headers", "query"]);
