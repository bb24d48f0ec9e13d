/**
 * Routes that came, went or changed. Labels and positions mean nothing here: a route of now is the one of before that
 * has the same place (listener, host, path, conditions), or for want of that the one it is most like.
 */
import type { RouteModel } from "../../config/model.ts";
import type { Side } from "../side.ts";
import { aspectChanges } from "./aspects.ts";
import { boundsChanges, hasBoundsChanges } from "./bounds.ts";
import type { Item, ItemChange } from "./change.ts";
import { type Counterparts, pairByLikeness } from "./pair-routes.ts";
import { ownActionKey, upstreamOf } from "./route-action.ts";
import { doesAspects, matchAspects, type UpstreamDetail } from "./route-aspects.ts";
import { placesOf } from "./route-key.ts";
import { routeSummary } from "./route-summary.ts";
import { type UpstreamComparison, upstreamKey } from "./upstreams.ts";

export interface RouteComparison {
  readonly changes: readonly ItemChange[];
  /** Labels of the routes that took part in a change, of before and of now. */
  readonly touched: { readonly before: ReadonlySet<string>; readonly after: ReadonlySet<string> };
  /** Whether the one is what has become of the other, changed or not. */
  isSame(before: string, after: string): boolean;
}

export function compareRoutes(before: Side, after: Side, upstreams: UpstreamComparison): RouteComparison {
  return new RouteComparer(before, after, upstreams).compare();
}

class RouteComparer {
  readonly #before: Side;
  readonly #after: Side;
  readonly #upstreams: UpstreamComparison;
  /** Which route has a place, by the place. */
  readonly #old: ReadonlyMap<string, RouteModel>;
  readonly #fresh: ReadonlyMap<string, RouteModel>;
  /** Pairs that share a place, by both labels, and whether they do the same there. */
  readonly #alike = new Map<string, boolean>();

  constructor(before: Side, after: Side, upstreams: UpstreamComparison) {
    this.#before = before;
    this.#after = after;
    this.#upstreams = upstreams;
    this.#old = byPlace(before);
    this.#fresh = byPlace(after);
  }

  compare(): RouteComparison {
    const old = this.#unexplained(this.#old);
    const fresh = this.#unexplained(this.#fresh);
    const pairs = this.#pairs(old, fresh);
    const touched = {
      before: new Set([...old, ...pairs.keys()]),
      after: new Set([...fresh, ...pairs.values()]),
    };
    const isSame = (was: string, is: string) => pairs.get(was) === is || this.#alike.has(pairKey(was, is));
    return { changes: this.#changes(old, fresh, pairs), touched, isSame };
  }

  /** Labels of the routes with a place at which the other configuration does something else, or nothing. */
  #unexplained(places: ReadonlyMap<string, RouteModel>): Set<string> {
    return new Set([...places].filter(([place]) => !this.#isAlikeAt(place)).map(([, { label }]) => label));
  }

  #isAlikeAt(place: string): boolean {
    const [was, is] = [this.#old.get(place), this.#fresh.get(place)];
    return was !== undefined && is !== undefined && this.#isAlike(was, is);
  }

  #isAlike(was: RouteModel, is: RouteModel): boolean {
    const key = pairKey(was.label, is.label);
    const known = this.#alike.get(key);
    if (known !== undefined) return known;
    const alike = this.#doesTheSame(was, is) && !hasBoundsChanges(was, is, this.#before, this.#after);
    this.#alike.set(key, alike);
    return alike;
  }

  #doesTheSame(was: RouteModel, is: RouteModel): boolean {
    return this.#goesToTheSame(was, is) && ownActionKey(was) === ownActionKey(is);
  }

  /** Or to none. */
  #goesToTheSame(was: RouteModel, is: RouteModel): boolean {
    const [old, fresh] = [upstreamOf(was), upstreamOf(is)];
    if (old === null || fresh === null) return old === fresh;
    if (this.#upstreams.isSame(old, fresh)) return true;
    return upstreamKey(this.#before.upstreams.get(old)!) === upstreamKey(this.#after.upstreams.get(fresh)!);
  }

  #upstreamDetail(was: RouteModel, is: RouteModel): UpstreamDetail {
    if (this.#goesToTheSame(was, is)) return "none";
    const [old, fresh] = [upstreamOf(was), upstreamOf(is)];
    const areOwn = old === was.label && fresh === is.label;
    return areOwn ? "targets" : "upstream";
  }

  /** Those that share a place first, then by likeness. Old labels by new ones. */
  #pairs(old: ReadonlySet<string>, fresh: ReadonlySet<string>): Counterparts {
    const pairs = new Map<string, string>();
    const taken = new Set<string>();
    // A route that does something else at the place it has kept tells more than one that lost another place.
    for (const wanted of [false, true]) {
      for (const [place, was] of this.#old) {
        const is = this.#fresh.get(place);
        if (is === undefined || pairs.has(was.label) || taken.has(is.label)) continue;
        if (!(old.has(was.label) || fresh.has(is.label)) || this.#isAlike(was, is) !== wanted) continue;
        pairs.set(was.label, is.label);
        taken.add(is.label);
      }
    }
    const left = [...old]
      .filter((label) => !pairs.has(label))
      .map((label) => this.#before.routes.get(label)!);
    const right = [...fresh]
      .filter((label) => !taken.has(label))
      .map((label) => this.#after.routes.get(label)!);
    return new Map([...pairs, ...pairByLikeness(left, right, this.#before, this.#after, this.#upstreams)]);
  }

  #changes(old: ReadonlySet<string>, fresh: ReadonlySet<string>, pairs: Counterparts): ItemChange[] {
    const before = new Map([...pairs].map(([was, is]) => [is, was]));
    const changes: ItemChange[] = [];
    for (const [label, route] of this.#after.routes) {
      const was = before.get(label);
      if (was !== undefined) changes.push(...this.#changed(this.#before.routes.get(was)!, route));
      else if (fresh.has(label)) changes.push({ kind: "added", after: itemOf(route, this.#after) });
    }
    for (const label of old) {
      if (pairs.has(label)) continue;
      changes.push({ kind: "removed", before: itemOf(this.#before.routes.get(label)!, this.#before) });
    }
    return changes;
  }

  #changed(was: RouteModel, is: RouteModel): ItemChange[] {
    const [before, after] = [this.#before, this.#after];
    const detail = this.#upstreamDetail(was, is);
    const values = [
      ...aspectChanges(matchAspects(was, before), matchAspects(is, after)),
      ...aspectChanges(doesAspects(was, before, detail), doesAspects(is, after, detail)),
      ...boundsChanges(was, is, before, after),
    ];
    // Even without a value that has a name here: that the two are not alike is known by now.
    return [{ kind: "changed", before: itemOf(was, before), after: itemOf(is, after), values }];
  }
}

function byPlace(side: Side): Map<string, RouteModel> {
  const places = new Map<string, RouteModel>();
  for (const route of side.routes.values()) {
    for (const place of placesOf(route, side)) places.set(place, route);
  }
  return places;
}

export function itemOf(route: RouteModel, side: Side): Item {
  return { name: route.label, summary: routeSummary(route, side), origin: route.origin };
}

function pairKey(was: string, is: string): string {
  return `${was}\0${is}`;
}
