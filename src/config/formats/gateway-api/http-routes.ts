/**
 * HTTPRoutes as routes. Precedence is Portward's own, which is the API's, but for one thing: implementations let
 * patterns come before prefixes. Where both could take a request, the ladder keeps that.
 */

import { quoted } from "../../diagnostics/wording.ts";
import { type ConfigNode, itemsOf } from "../../source/config-node.ts";
import { formatDuration } from "../../values/duration.ts";
import { respondWith, type TimeoutsDraft } from "../draft/document-draft.ts";
import { noteHidden, routeOf } from "../http/emit-routes.ts";
import { buildLadder, type LadderRule, type Rung } from "../http/ladder.ts";
import type { RuleAction, RuleValue } from "../http/rule-value.ts";
import type { KubernetesObject } from "../kubernetes/objects.ts";
import { spanOf } from "../tree/span.ts";
import { attachedListeners, namesOn, readHostnames } from "./attach.ts";
import { type BackendSurroundings, readBackends } from "./backends.ts";
import { parseDuration } from "./durations.ts";
import { readFilters, redirectsOf, rewriteOf } from "./filters.ts";
import type { GatewayListener } from "./listeners.ts";
import { type RouteMatchParts, readMatch } from "./matches.ts";

type Rule = LadderRule<RuleValue>;

/** A rule, and where it is reached: names by listener, none for any. */
interface AttachedRule {
  readonly rule: Rule;
  readonly names: ReadonlyMap<GatewayListener, readonly string[]>;
}

export function convertHttpRoutes(
  routes: readonly KubernetesObject[],
  listeners: readonly GatewayListener[],
  around: BackendSurroundings,
): void {
  const written = routes.flatMap((route) => attachedRules(route, listeners, around));
  const rules = inOrder(written);
  const placed = new Map<string, PlacedRung>();
  const hidden = new Map<Rule, Rule>();
  const numbers = new Map(written.map(({ rule }, index) => [rule, index]));
  for (const { listener, host, rules: here } of meetingPoints(rules)) {
    const ladder = buildLadder(here);
    for (const each of ladder.hidden) hidden.set(each.rule, each.by);
    for (const rung of ladder.rungs) {
      const key = `${numbers.get(rung.rule)} ${JSON.stringify(rung.path)}`;
      const known = placed.get(key) ?? { rung, reached: [] };
      known.reached.push([listener, host]);
      placed.set(key, known);
    }
  }
  const all = [...placed.values()];
  const reached = new Set(all.map(({ rung }) => rung.rule));
  for (const [rule, by] of hidden) if (!reached.has(rule)) noteHidden({ rule, by }, around.findings);
  // Only the order of patterns means anything to Portward.
  const hasPatterns = all.some(({ rung }) => rung.path.kind === "regex");
  const order = hasPatterns ? new Map(rules.map(({ rule }, index) => [rule, index])) : numbers;
  const place = ({ rung }: PlacedRung) => order.get(rung.rule)!;
  for (const each of all.sort((a, b) => place(a) - place(b))) emit(each, around);
}

/** A rule with the form of its path, and where it has that form. */
interface PlacedRung {
  readonly rung: Rung<RuleValue>;
  readonly reached: (readonly [GatewayListener, string | null])[];
}

interface MeetingPoint {
  readonly listener: GatewayListener;
  /** Null for the routes without a host. */
  readonly host: string | null;
  readonly rules: Rule[];
}

/** Each port with each name that some route has there; all listeners of a port are one. */
function meetingPoints(rules: readonly AttachedRule[]): Iterable<MeetingPoint> {
  const points = new Map<string, MeetingPoint>();
  for (const { rule, names } of rules) {
    for (const [listener, hosts] of names) {
      for (const host of hosts.length === 0 ? [null] : hosts) {
        const key = `${listener.port} ${host}`;
        const point = points.get(key) ?? { listener, host, rules: [] };
        points.set(key, point);
        point.rules.push(rule);
      }
    }
  }
  return points.values();
}

/** One route for all listeners where it has the same names. */
function emit({ rung: { rule, path }, reached }: PlacedRung, { builder }: BackendSurroundings): void {
  const byPort = new Map<string, { listener: GatewayListener; hosts: string[] }>();
  for (const [listener, host] of reached) {
    const group = byPort.get(`${listener.port} ${host === null}`) ?? { listener, hosts: [] };
    if (host !== null) group.hosts.push(host);
    byPort.set(`${listener.port} ${host === null}`, group);
  }
  const byHosts = new Map<string, { listen: string[]; hosts: readonly string[] }>();
  for (const { listener, hosts } of byPort.values()) {
    const group = byHosts.get(hosts.join()) ?? { listen: [], hosts };
    group.listen.push(builder.listener(listener.port, spanOf(listener.node)));
    byHosts.set(hosts.join(), group);
  }
  for (const { listen, hosts } of byHosts.values()) builder.route(routeOf(rule.value, path, hosts, listen));
}

function attachedRules(
  route: KubernetesObject,
  listeners: readonly GatewayListener[],
  around: BackendSurroundings,
): AttachedRule[] {
  const { fields, findings } = around;
  const attached = attachedListeners(route, "http", listeners, around);
  const hostnames = readHostnames(route, fields, findings);
  const names = new Map<GatewayListener, readonly string[]>();
  for (const listener of samePort(attached, listeners)) {
    const own = namesOn(listener.meant, hostnames);
    if (own !== null) names.set(listener.first, [...new Set([...(names.get(listener.first) ?? []), ...own])]);
  }
  const ports = attached.map(({ port }) => port);
  const rules = fields.list(route.spec ?? undefined, "rules").flatMap((node, index) => {
    // What is to be said of the route stands above its first rule, what of a rule above its first match.
    const notesFrom = spanOf(index === 0 ? route.root : node);
    return readRule(route, node, ports[0] ?? "80", around).map((rule, match) => ({
      names,
      rule: match === 0 ? { ...rule, value: { ...rule.value, notesFrom } } : rule,
    }));
  });
  if (attached.length > 0 && names.size === 0) {
    findings.note(
      "convert.unreachable",
      route.root,
      `${quoted(route.name)} was left out: it has no name that its listeners take`,
    );
  }
  return names.size === 0 ? [] : rules;
}

/** Listeners of one port are one native listener: the first of them stands for all. */
function samePort(attached: readonly GatewayListener[], all: readonly GatewayListener[]) {
  return attached.map((meant) => ({ meant, first: all.find(({ port }) => port === meant.port)! }));
}

function readRule(
  route: KubernetesObject,
  node: ConfigNode,
  port: string,
  around: BackendSurroundings,
): Rule[] {
  const { fields, findings } = around;
  const filters = readFilters(node, fields, findings);
  const upstream = readBackends(route, node, "http", around);
  const timeouts = readTimeouts(node, around);
  const name = fields.value(node, "name");
  if (name !== undefined)
    findings.note("convert.not_needed", name, "the rule's name was left out: routes go by number");
  const matches = fields.value(node, "matches");
  const list = matches === undefined ? [undefined] : itemsOf(matches);
  return list.flatMap((match) => {
    const parts = readMatch(match, fields, findings);
    if (parts === null) return [];
    const from = spanOf(match ?? node);
    const value = (action: RuleAction): RuleValue => {
      const proxied = action.kind === "proxy";
      return { action, timeouts: proxied ? timeouts : {}, limits: {}, conditions: parts.conditions, from };
    };
    if (filters.isBroken) return [ruleOf(parts, value(respondWith(501)))];
    if (filters.redirect !== null) {
      return redirectsOf(filters.redirect, parts, port, fields, findings).map(({ to, status, part }) =>
        ruleOf(parts, value({ kind: "redirect", to, status }), part),
      );
    }
    return [ruleOf(parts, value(proxyAction(upstream, filters.rewrite, parts, node, around)))];
  });
}

function proxyAction(
  upstream: string | null,
  rewrite: ConfigNode | null,
  parts: RouteMatchParts,
  rule: ConfigNode,
  { fields, findings }: BackendSurroundings,
): RuleAction {
  if (upstream === null) {
    findings.note(
      "convert.differs",
      rule,
      "the rule has no backend to send to; as the API has it, the answer is 500",
    );
    return respondWith(500);
  }
  return {
    kind: "proxy",
    upstream,
    rewrite: rewrite === null ? null : rewriteOf(rewrite, parts, fields, findings),
  };
}

function ruleOf(
  { shape, conditions }: RouteMatchParts,
  value: RuleValue,
  part: "whole" | "exact" | "below" = "whole",
): Rule {
  const asks = conditions.methods.length + conditions.headers.length + conditions.query.length > 0;
  const condition = asks ? JSON.stringify(conditions) : null;
  if (part === "exact") return { ...shape, kind: "exact", captures: null, condition, value };
  if (part === "whole") return { ...shape, captures: null, condition, value };
  const text = shape.text.endsWith("/") ? shape.text : `${shape.text}/`;
  return { ...shape, text, captures: "rest", condition, value };
}

/** Timeouts of the API are for a whole request; the nearest there is counts to the head of the answer. */
function readTimeouts(rule: ConfigNode, { fields, findings }: BackendSurroundings): TimeoutsDraft {
  const map = fields.map(rule, "timeouts") ?? undefined;
  const wanted = fields.text(map, "backendRequest") ?? fields.text(map, "request");
  fields.text(map, "request");
  if (wanted === null) return {};
  const ms = parseDuration(wanted);
  if (ms === null) {
    findings.error("convert.value", map!, `${quoted(wanted)} is not a duration`);
    return {};
  }
  const message = "the timeout holds up to the head of the answer, not to its end";
  findings.note("convert.differs", map!, message);
  return { response: ms === 0 ? "off" : formatDuration(ms) };
}

/**
 * Exact paths, patterns, then prefixes from the longest: so implementations sort them. Of one path, those that ask for
 * a method come first, then those that ask for more fields, then for more parameters.
 */
function inOrder(rules: readonly AttachedRule[]): AttachedRule[] {
  const first = new Map<string, number>();
  for (const [index, { rule }] of rules.entries()) {
    if (!first.has(rule.text)) first.set(rule.text, index);
  }
  const rank = ({ rule }: AttachedRule): number[] => {
    const { methods = [], headers = [], query = [] } = rule.value.conditions ?? {};
    const length = rule.kind === "prefix" ? rule.text.length : 0;
    const asks = [-Math.sign(methods.length), -headers.length, -query.length];
    return [KINDS.indexOf(rule.kind), -length, first.get(rule.text)!, ...asks];
  };
  return [...rules].sort((a, b) => compare(rank(a), rank(b)));
}

function compare(a: readonly number[], b: readonly number[]): number {
  const different = a.findIndex((value, index) => value !== b[index]);
  return different === -1 ? 0 : a[different]! - b[different]!;
}

const KINDS: readonly Rule["kind"][] = ["exact", "regex", "prefix"];
