/**
 * The rules of the configuration in force, for whoever compiles the next one: a route that is the same object, whose
 * upstreams are too, is the rule that it was. Two generations, since a configuration that was compiled may be refused.
 */
import type { HttpRouteModel, Settings } from "../config/model.ts";
import type { HttpRoute, RouteBounds } from "../exchange/snapshot.ts";
import type { ParsedRules } from "../routing/parse-rule.ts";
import type { RouteRule } from "../routing/router.ts";
import type { Upstream } from "../upstream/upstream.ts";

type Standard = Pick<Settings, "limits" | "timeouts">;
type Upstreams = ReadonlyMap<string, Upstream>;

interface Generation {
  readonly standard: Standard | null;
  /** Of routes that say nothing themselves. */
  readonly fallback: RouteBounds | null;
  /** By listener. */
  readonly rules: Map<string, Map<HttpRouteModel, KnownRule>>;
}

interface KnownRule {
  readonly rule: RouteRule<HttpRoute>;
  readonly upstreams: readonly (Upstream | undefined)[];
}

export class RuleMemory {
  /** By the rules themselves. */
  readonly parsed: ParsedRules<HttpRoute> = new WeakMap();
  #inForce: Generation = { standard: null, fallback: null, rules: new Map() };
  #next: Generation = this.#inForce;
  #usable = false;

  /** @param steady whether what was counted where it is goes on to be */
  begin({ limits, timeouts }: Standard, steady: boolean, makeFallback: () => RouteBounds): void {
    const { standard, fallback } = this.#inForce;
    this.#usable = steady && standard?.limits === limits && standard.timeouts === timeouts;
    const bounds = this.#usable ? fallback : makeFallback();
    this.#next = { standard: { limits, timeouts }, fallback: bounds, rules: new Map() };
  }

  get fallback(): RouteBounds {
    return this.#next.fallback!;
  }

  /** Null: it is to be compiled. */
  find(listener: string, route: HttpRouteModel, upstreams: Upstreams): RouteRule<HttpRoute> | null {
    const known = this.#usable ? this.#inForce.rules.get(listener)?.get(route) : undefined;
    if (known === undefined || !isSame(known.upstreams, route, upstreams)) return null;
    this.#keep(listener, route, known);
    return known.rule;
  }

  keep(listener: string, route: HttpRouteModel, rule: RouteRule<HttpRoute>, upstreams: Upstreams): void {
    const used = namesOf(route).map((name) => upstreams.get(name));
    this.#keep(listener, route, { rule, upstreams: used });
  }

  /** What was compiled last is in force. */
  commit(): void {
    this.#inForce = this.#next;
  }

  #keep(listener: string, route: HttpRouteModel, known: KnownRule): void {
    const rules = this.#next.rules.get(listener);
    if (rules === undefined) this.#next.rules.set(listener, new Map([[route, known]]));
    else rules.set(route, known);
  }
}

function isSame(known: KnownRule["upstreams"], route: HttpRouteModel, upstreams: Upstreams): boolean {
  const { action, split, mirrors } = route;
  if (action.kind !== "proxy") return true;
  // Nearly all routes have no other.
  if (split === null && mirrors.length === 0) return known[0] === upstreams.get(action.upstream);
  return namesOf(route).every((name, index) => known[index] === upstreams.get(name));
}

/** In the same order each time. */
function namesOf({ action, split, mirrors }: HttpRouteModel): readonly string[] {
  if (action.kind !== "proxy") return NO_NAMES;
  if (split === null && mirrors.length === 0) return [action.upstream];
  const others = [...(split?.parts ?? []), ...mirrors];
  return [action.upstream, ...others.map(({ upstream }) => upstream)];
}

const NO_NAMES: readonly string[] = [];
