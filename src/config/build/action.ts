/** What a route does with a request: exactly one of targets, upstream, redirect and respond. */

import type { Result } from "../../base/result.ts";
import type { PathPattern } from "../../routing/route-match.ts";
import { diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { oneOf, quoted } from "../diagnostics/wording.ts";
import type { BalanceModel, HttpAction, UpstreamModel } from "../model.ts";
import type { HttpRouteInput, RouteInput, TcpRouteInput, TlsRouteInput } from "../schema/route.ts";
import { GROUP_KEYS, groupSettings } from "../schema/upstream.ts";
import { type ConfigNode, valueAt } from "../source/config-node.ts";
import type { Place } from "../source/source-text.ts";
import { balanceText } from "../values/balance-text.ts";
import { REDIRECT_CAPTURES, redirectFault, rewriteFault, unknownCapture } from "../values/rewrite.ts";
import type { ValueFault } from "../values/value-fault.ts";
import type { RoutePart } from "./document-parts.ts";
import type { UpstreamTable } from "./upstreams.ts";

/** Null after findings. */
export function buildHttpAction(
  part: RoutePart,
  route: HttpRouteInput,
  path: PathPattern,
  upstreams: UpstreamTable,
  found: DiagnosticList,
): HttpAction | null {
  const before = found.errorCount;
  const key = chosenAction(part.node, HTTP_ACTIONS, found);
  reportMisplaced(part.node, key, found);
  reportTarget(part.node, route, path, found);
  const upstream = key === null ? null : upstreamOf(part, route, upstreams);
  useOthers(part, route, upstreams);
  reportShareOfRest(part.node, route, found);
  if (upstream !== null) reportNeedOfHttp2(part.node, route, upstream, upstreams, found);
  if (found.errorCount > before) return null;
  if (upstream !== null) return { kind: "proxy", upstream, rewrite: route.rewrite ?? null };
  if (route.redirect !== undefined) return { kind: "redirect", ...route.redirect };
  return { kind: "respond", ...route.respond! };
}

/**
 * Of a route that was built before: what it sends to is in use. False after findings.
 * @param inline of its own targets, as it was built
 */
export function useUpstreams(
  part: RoutePart,
  route: HttpRouteInput,
  inline: UpstreamModel | null,
  upstreams: UpstreamTable,
  found: DiagnosticList,
): boolean {
  const before = found.errorCount;
  if (inline !== null) upstreams.keepInline(inline);
  const upstream = inline === null ? upstreamOf(part, route, upstreams) : inline.name;
  useOthers(part, route, upstreams);
  if (upstream !== null) reportNeedOfHttp2(part.node, route, upstream, upstreams, found);
  return found.errorCount === before;
}

function reportNeedOfHttp2(
  node: ConfigNode,
  { filters, split }: HttpRouteInput,
  upstream: string,
  upstreams: UpstreamTable,
  found: DiagnosticList,
): void {
  if ((filters ?? null) === null) return;
  const all = [upstream, ...(split?.parts ?? []).map((part) => part.upstream)];
  if (!all.some((name) => upstreams.modelOf(name)?.protocol === "http1")) return;
  const message = "`grpc_web` needs targets that speak HTTP/2, which gRPC is part of";
  const suggestion = "add `protocol: h2` to the targets, or `auto` for those with TLS";
  found.add(diagnose("config.not_applicable", keyPlace(node, "filters"), message, { suggestion }));
}

/** The name of a tunnel's upstream; null after findings. */
export function buildTcpUpstream(
  part: RoutePart,
  route: TcpRouteInput | TlsRouteInput,
  upstreams: UpstreamTable,
  found: DiagnosticList,
): string | null {
  const before = found.errorCount;
  const key = chosenAction(part.node, TCP_ACTIONS, found);
  reportMisplaced(part.node, key, found);
  const upstream = key === null ? null : upstreamOf(part, route, upstreams);
  if (upstream !== null) reportNeedOfRequests(part.node, upstreams.modelOf(upstream), found);
  return found.errorCount > before ? null : upstream;
}

/** @param upstream null for one with mistakes of its own */
function reportNeedOfRequests(node: ConfigNode, upstream: UpstreamModel | null, found: DiagnosticList): void {
  if (upstream === null) return;
  const { balance, breaker } = upstream;
  if (asksForRequests(balance)) {
    const message = `\`${balanceText(balance)}\` needs requests, and a tcp route has none`;
    const suggestion = "of a tunnel only the client's address is known: `by: source`";
    found.add(diagnose("config.not_applicable", placeOf(node, "balance"), message, { suggestion }));
  }
  if (breaker.queue > 0) {
    const message = "`queue` is for requests, and a tcp route has none";
    const suggestion = "a tunnel's client is held by `reconnect`";
    found.add(diagnose("config.not_applicable", placeOf(node, "breaker"), message, { suggestion }));
  }
}

/** Where a tcp route says it, itself or by the upstream that it names. */
function placeOf(node: ConfigNode, key: string): Place {
  return valueAt(node, key) ?? valueAt(node, "upstream")!;
}

function asksForRequests(balance: BalanceModel): boolean {
  return balance.policy === "sticky" || ("by" in balance && balance.by.kind !== "source");
}

function upstreamOf(part: RoutePart, route: RouteInput, upstreams: UpstreamTable): string | null {
  if (route.upstream !== undefined) {
    return upstreams.use(route.upstream, valueAt(part.node, "upstream")!) ? route.upstream : null;
  }
  if (route.targets === undefined) return null;
  return upstreams.addInline(part.label, route.targets, groupSettings(route), valueAt(part.node, "targets")!);
}

/** The upstreams that share a route's requests with its own, or get copies of them. */
function useOthers({ node }: RoutePart, { split, mirror }: HttpRouteInput, upstreams: UpstreamTable): void {
  const shares = valueAt(valueAt(node, "split"), "to");
  for (const { upstream } of split?.parts ?? []) upstreams.use(upstream, keyPlace(shares!, upstream));
  const copies = valueAt(node, "mirror")!;
  for (const [index, { upstream }] of (mirror ?? []).entries()) {
    const copy = copies.kind === "list" ? copies.items[index] : copies;
    upstreams.use(upstream, valueAt(copy, "upstream")!);
  }
}

function reportShareOfRest(
  node: ConfigNode,
  { upstream, split }: HttpRouteInput,
  found: DiagnosticList,
): void {
  if (upstream === undefined || !split?.parts.some((part) => part.upstream === upstream)) return;
  const place = keyPlace(valueAt(valueAt(node, "split"), "to")!, upstream);
  const message = `${quoted(upstream)} gets what the others leave, so it has no share of its own`;
  found.add(diagnose("config.conflict", place, message, { suggestion: "leave it out" }));
}

/** The one key that says what is done; null after a finding. */
function chosenAction(node: ConfigNode, actions: readonly string[], found: DiagnosticList): string | null {
  const present = actions.filter((action) => valueAt(node, action) !== undefined);
  const [chosen, second] = present;
  if (chosen === undefined) {
    const suggestion = 'add `targets: ["127.0.0.1:3000"]`';
    found.add(diagnose("route.action", node, `the route has none of ${oneOf(actions)}`, { suggestion }));
    return null;
  }
  if (second === undefined) return chosen;
  const related = [relatedAt(keyPlace(node, chosen), `${quoted(chosen)} is here`)];
  const message = `a route has only one of ${oneOf(actions)}`;
  found.add(diagnose("route.action", keyPlace(node, second), message, { related }));
  return null;
}

/** Keys that mean something only beside another key. */
function reportMisplaced(node: ConfigNode, action: string | null, found: DiagnosticList): void {
  if (action === null) return;
  for (const key of TARGET_KEYS) {
    if (valueAt(node, key) === undefined || action === "targets") continue;
    const reason = action === "upstream" ? "set it on the upstream" : "there are no targets to choose from";
    const message = `\`${key}\` has no effect here: ${reason}`;
    found.add(diagnose("config.not_applicable", keyPlace(node, key), message));
  }
  if (action === "targets" || action === "upstream") return;
  for (const key of SENDING_KEYS) {
    if (valueAt(node, key) === undefined) continue;
    const message = `${quoted(key)} has no effect beside ${quoted(action)}: nothing is sent upstream`;
    found.add(diagnose("config.not_applicable", keyPlace(node, key), message));
  }
}

/** Asks routing itself, so that what passes here compiles when it is served. */
function reportTarget(
  node: ConfigNode,
  { rewrite, redirect }: HttpRouteInput,
  path: PathPattern,
  found: DiagnosticList,
): void {
  // Without captures it depends on nothing but itself, and that the schema has checked.
  if (rewrite?.to.includes("{") === true) {
    const unknown = rewrite.kind === "regex" ? null : unknownCapture(rewrite.to, path);
    const place = valueAt(node, "rewrite")!;
    reportFault(unknown ?? rewriteFault(path, rewrite), valueAt(place, "full") ?? place, node, found);
  }
  if (redirect !== undefined) {
    const unknown = unknownCapture(redirect.to, path, REDIRECT_CAPTURES);
    const place = valueAt(valueAt(node, "redirect"), "to")!;
    reportFault(unknown ?? redirectFault(path, redirect.to), place, node, found);
  }
}

function reportFault(
  outcome: Result<never, ValueFault> | null,
  place: Place,
  node: ConfigNode,
  found: DiagnosticList,
): void {
  if (outcome === null || outcome.ok) return;
  const { code, message, suggestion } = outcome.error;
  const related = [relatedAt(valueAt(node, "path") ?? valueAt(node, "grpc")!, "the path is here")];
  found.add(diagnose(code, place, message, { suggestion, related }));
}

function keyPlace(node: ConfigNode, key: string): Place {
  return (node.kind === "map" ? node.entries.get(key)?.key : undefined) ?? node;
}

/** Keys of how a request is sent. */
const SENDING_KEYS = ["rewrite", "retry", "hedge", "split", "mirror", "filters"] as const;
/** They belong to `targets`. */
const TARGET_KEYS = [...GROUP_KEYS, "protocol"];
const HTTP_ACTIONS = ["targets", "upstream", "redirect", "respond"] as const;
const TCP_ACTIONS = ["targets", "upstream"] as const;
