/**
 * Named upstreams that differ, and which of the old ones is which of the new. A name is the first sign; one that
 * came while another went, with the same targets, is only called differently. Nobody sees what no route uses.
 */
import type { TargetModel, UpstreamModel } from "../../config/model.ts";
import { balanceText } from "../../config/values/balance-text.ts";
import { discoverText } from "../../config/values/discover-text.ts";
import { breakerText, healthText, outliersText } from "../../config/values/protection-text.ts";
import { formatTarget } from "../../config/values/target-address.ts";
import type { Side } from "../side.ts";
import {
  type Aspect,
  type AspectSource,
  aspectChanges,
  canonicalJson,
  otherAspects,
  plainText,
  snakeCase,
  sourceOf,
} from "./aspects.ts";
import type { Item, ItemChange } from "./change.ts";

export interface UpstreamComparison {
  readonly changes: readonly ItemChange[];
  /** Whether a named upstream of before is the one of that name now; what changed of it is told once, here. */
  isSame(before: string, after: string): boolean;
  /** Equal for what is the same on both sides: an upstream that kept its identity, or equal targets. */
  identity(name: string, side: Side): string;
}

export function compareUpstreams(before: Side, after: Side): UpstreamComparison {
  const [old, fresh] = [namedInUse(before), namedInUse(after)];
  const counterparts = pairUp(old, fresh);
  const paired = new Set(counterparts.values());
  const changed = [...counterparts].flatMap(([name, newName]) =>
    changeOf(old.get(name)!, fresh.get(newName)!, before, after),
  );
  const added = [...fresh].filter(([name]) => !paired.has(name));
  const removed = [...old].filter(([name]) => !counterparts.has(name));
  const changes: ItemChange[] = [
    ...changed,
    ...added.map(([, each]): ItemChange => ({ kind: "added", after: itemOf(each) })),
    ...removed.map(([, each]): ItemChange => ({ kind: "removed", before: itemOf(each) })),
  ];
  return {
    changes,
    isSame: (was, is) => counterparts.get(was) === is,
    identity(name, side) {
      const now = side === before ? counterparts.get(name) : name;
      return now !== undefined && paired.has(now) ? now : upstreamKey(side.upstreams.get(name)!);
    },
  };
}

/** Equal when two upstreams do the same with a request. The order of targets is not part of it. */
export function upstreamKey({ name: _name, origin: _origin, targets, ...rest }: UpstreamModel): string {
  return canonicalJson([targets.map((target) => canonicalJson(target)).sort(), rest]);
}

/** Which targets there are, whatever their shares. */
export function targetsKey({ targets }: UpstreamModel): string {
  return JSON.stringify([...new Set(targets.map(({ address }) => formatTarget(address)))].sort());
}

/** Of an upstream, or of a route's own targets. */
export function upstreamAspects(upstream: UpstreamModel, { provenance }: Side): Aspect[] {
  const source = (name: string) => provenance.upstream(upstream.name, name);
  const { from } = source("targets");
  const protection = (name: string, value: unknown, text: string | null): Aspect => ({
    name,
    key: canonicalJson(value),
    text: text ?? "none",
    source: () => sourceOf(source(name)),
  });
  const byAddress = Map.groupBy(upstream.targets, ({ address }) => formatTarget(address));
  return [
    {
      name: "balance",
      key: canonicalJson(upstream.balance),
      text: balanceText(upstream.balance),
      source: () => sourceOf(source("balance")),
    },
    protection("health", upstream.health, healthText(upstream.health)),
    protection("outliers", upstream.outliers, outliersText(upstream.outliers)),
    protection("breaker", upstream.breaker, breakerText(upstream.breaker)),
    protection("discover", upstream.discover, upstream.discover && discoverText(upstream.discover)),
    ...[...byAddress].map(([address, targets]) => targetAspect(address, targets, from)),
    ...tlsAspects(upstream, from),
    ...otherAspects(upstream, WITH_WORDS, source),
  ];
}

/** What opens a key is no part of what an upstream means, and nobody's business. */
function tlsAspects({ tls }: UpstreamModel, from: AspectSource["from"]): Aspect[] {
  if (tls === null) return [];
  const { origin, certificate, ...rest } = tls;
  const source = (): AspectSource => ({ from, origin });
  const shown = certificate === null ? null : { cert: certificate.cert, key: certificate.key };
  return Object.entries({ ...rest, certificate: shown }).map(([key, value]) => ({
    name: `tls.${snakeCase(key)}`,
    key: canonicalJson(value),
    text: plainText(value),
    source,
  }));
}

/** `api (10.0.0.1:3000, 10.0.0.2:3000)` */
export function targetsText({ targets }: UpstreamModel): string {
  const names = targets.map(({ address }) => formatTarget(address));
  if (names.length <= SHOWN_TARGETS) return names.join(", ");
  return `${names.slice(0, SHOWN_TARGETS).join(", ")} and ${names.length - SHOWN_TARGETS} more`;
}

function namedInUse(side: Side): Map<string, UpstreamModel> {
  const used = new Set(
    side.configuration.routes.flatMap((route) => {
      if (route.kind !== "http") return [route.upstream];
      const own = route.action.kind === "proxy" ? [route.action.upstream] : [];
      const shares = route.split?.parts ?? [];
      return [...own, ...[...shares, ...route.mirrors].map(({ upstream }) => upstream)];
    }),
  );
  const named = [...side.upstreams].filter(([name]) => used.has(name) && !side.isInline(name));
  return new Map(named);
}

/** Old names by new ones. */
function pairUp(
  old: ReadonlyMap<string, UpstreamModel>,
  fresh: ReadonlyMap<string, UpstreamModel>,
): Map<string, string> {
  const pairs = new Map([...old.keys()].filter((name) => fresh.has(name)).map((name) => [name, name]));
  const renamed = Map.groupBy(
    [...fresh.values()].filter(({ name }) => !old.has(name)),
    upstreamKey,
  );
  for (const [name, upstream] of old) {
    if (pairs.has(name)) continue;
    const same = renamed.get(upstreamKey(upstream))?.shift();
    if (same !== undefined) pairs.set(name, same.name);
  }
  return pairs;
}

function changeOf(was: UpstreamModel, is: UpstreamModel, before: Side, after: Side): ItemChange[] {
  if (upstreamKey(was) === upstreamKey(is)) return [];
  const values = aspectChanges(upstreamAspects(was, before), upstreamAspects(is, after));
  return [{ kind: "changed", before: itemOf(was), after: itemOf(is), values }];
}

function itemOf(upstream: UpstreamModel): Item {
  const { name, balance, origin } = upstream;
  return { name, summary: `${balanceText(balance)}: ${targetsText(upstream)}`, origin };
}

function targetAspect(address: string, targets: readonly TargetModel[], from: AspectSource["from"]): Aspect {
  const weights = targets.map(({ weight }) => weight).sort((a, b) => a - b);
  const [{ priority, zone }] = targets as readonly [TargetModel];
  return {
    name: `target ${address}`,
    key: targets.map(canonicalJson).sort().join(),
    text: `weight ${weights.join(" and ")}${priority === 0 ? "" : `, priority ${priority}`}${zone === null ? "" : `, zone ${zone}`}`,
    source: () => ({ from, origin: targets[0]!.origin }),
  };
}

const WITH_WORDS: ReadonlySet<string> = new Set([
  "name",
  "balance",
  "health",
  "outliers",
  "breaker",
  "tls",
  "discover",
  "targets",
  "origin",
]);
const SHOWN_TARGETS = 3;
