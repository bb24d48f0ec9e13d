/**
 * Routes that have been checked and built before, by their text. Only of those with nothing to find fault with is
 * anything remembered: of all others the findings are to be told again, at the place where they are now.
 */
import type { ParsedRules } from "../../routing/parse-rule.ts";
import type { RouteRule } from "../../routing/router.ts";
import type { HttpRouteModel, Settings, UpstreamModel } from "../model.ts";
import type { RouteInput } from "../schema/route.ts";
import type { ConfigNode } from "../source/config-node.ts";
import { type ItemContent, type ItemText, itemOf } from "../source/item-text.ts";

/** What a route says nothing of itself. */
type Bounds = Pick<Settings, "limits" | "timeouts" | "retry">;

export interface KnownRoute {
  readonly model: HttpRouteModel;
  /** Of its own targets, if it has some. */
  readonly upstream: UpstreamModel | null;
}

interface Remembered extends KnownRoute {
  readonly item: ItemText;
  readonly bounds: Bounds;
}

export class RouteMemory {
  readonly #checked = new WeakMap<ItemContent, RouteInput>();
  readonly #built = new WeakMap<ItemContent, Remembered>();
  readonly #rules = new WeakMap<HttpRouteModel, RouteRule<HttpRouteModel>>();
  /** For the router that finds out which routes collide. */
  readonly parsed: ParsedRules<HttpRouteModel> = new WeakMap();

  /** What the text of a route says, wherever it stands. */
  checked(node: ConfigNode): RouteInput | null {
    const item = itemOf(node);
    return (item && this.#checked.get(item.content)) ?? null;
  }

  keepChecked(node: ConfigNode, value: RouteInput): void {
    const item = itemOf(node);
    if (item !== null) this.#checked.set(item.content, value);
  }

  /** The route with this text, label and place, on these listeners; null when it was none of it. */
  built(
    node: ConfigNode,
    label: string,
    listeners: readonly string[],
    { limits, timeouts, retry }: Bounds,
  ): KnownRoute | null {
    const item = itemOf(node);
    const known = item && this.#built.get(item.content);
    if (known == null || known.item !== item || known.model.label !== label) return null;
    const { bounds, model } = known;
    if (bounds.limits !== limits || bounds.timeouts !== timeouts || bounds.retry !== retry) return null;
    return isSameList(model.listeners, listeners) ? known : null;
  }

  keepBuilt(node: ConfigNode, bounds: Bounds, known: KnownRoute): void {
    const item = itemOf(node);
    if (item !== null) this.#built.set(item.content, { ...known, item, bounds });
  }

  /** The same each time for the same model. */
  ruleOf(model: HttpRouteModel): RouteRule<HttpRouteModel> {
    const known = this.#rules.get(model);
    if (known !== undefined) return known;
    const rule = ruleOf(model);
    this.#rules.set(model, rule);
    return rule;
  }
}

export function ruleOf(model: HttpRouteModel): RouteRule<HttpRouteModel> {
  const { match, label } = model;
  return { match, label, value: model };
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}
