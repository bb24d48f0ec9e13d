/**
 * Which route of before a route of now was, when no place is left to tell: the same host and path with other
 * conditions, the same route on another listener or host, or the same action under another path. Presentation only:
 * what is paired is shown as one change, what is not as one that went and one that came.
 */
import type { RouteModel } from "../../config/model.ts";
import type { Side } from "../side.ts";
import { ownActionKey, upstreamOf } from "./route-action.ts";
import { conditionsKey, hostsOf, pathKey, socketKeysOf } from "./route-key.ts";
import type { UpstreamComparison } from "./upstreams.ts";

/** Labels of now by labels of before. */
export type Counterparts = ReadonlyMap<string, string>;

export function pairByLikeness(
  old: readonly RouteModel[],
  fresh: readonly RouteModel[],
  before: Side,
  after: Side,
  upstreams: UpstreamComparison,
): Counterparts {
  const pairs = new Map<string, string>();
  let left = old.map((each) => traitsOf(each, before, upstreams));
  let right = fresh.map((each) => traitsOf(each, after, upstreams));
  for (const likeness of LIKENESSES) {
    if (left.length === 0 || right.length === 0) break;
    const open = Map.groupBy(right, likeness);
    for (const each of left) {
      const found = takeFrom(open.get(likeness(each)), each);
      if (found !== null) pairs.set(each.label, found.label);
    }
    const taken = new Set(pairs.values());
    left = left.filter(({ label }) => !pairs.has(label));
    right = right.filter(({ label }) => !taken.has(label));
  }
  return pairs;
}

interface Traits {
  readonly label: string;
  readonly sockets: string;
  readonly hosts: string;
  readonly path: string;
  readonly conditions: string;
  readonly action: string;
}

function traitsOf(route: RouteModel, side: Side, upstreams: UpstreamComparison): Traits {
  const { label, kind } = route;
  const upstream = upstreamOf(route);
  const where = upstream === null ? "" : upstreams.identity(upstream, side);
  const sockets = JSON.stringify(socketKeysOf(route, side));
  const action = JSON.stringify([where, ownActionKey(route)]);
  if (route.kind !== "http") return { label, sockets, hosts: "", path: kind, conditions: "", action };
  const { match } = route;
  const hosts = JSON.stringify(hostsOf(match));
  return { label, sockets, hosts, path: pathKey(match.path), conditions: conditionsKey(match), action };
}

/** Of several the one with the same label, else the first. */
function takeFrom(open: Traits[] | undefined, { label }: Traits): Traits | null {
  if (open === undefined || open.length === 0) return null;
  const own = open.slice(0, LOOKED_AT).findIndex((each) => each.label === label);
  return open.splice(Math.max(0, own), 1)[0]!;
}

/** From what says most to what says least. */
const LIKENESSES: readonly ((traits: Traits) => string)[] = [
  ({ sockets, hosts, path }) => JSON.stringify([sockets, hosts, path]),
  ({ hosts, path, conditions, action }) => JSON.stringify([hosts, path, conditions, action]),
  ({ sockets, path, conditions, action }) => JSON.stringify([sockets, path, conditions, action]),
  ({ sockets, hosts, conditions, action }) => JSON.stringify([sockets, hosts, conditions, action]),
  ({ sockets, hosts, action }) => JSON.stringify([sockets, hosts, action]),
  ({ path, conditions }) => JSON.stringify([path, conditions]),
  ({ path }) => path,
];

/** Thousands of routes with one action are compared with their nearest only. */
const LOOKED_AT = 64;
