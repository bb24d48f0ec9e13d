/** All that is different between two configurations, found in their models; what it means for requests is not asked here. */
import type { Samples } from "../samples.ts";
import type { Side } from "../side.ts";
import type { ConfigurationChanges, OrderChange } from "./change.ts";
import { compareListeners } from "./listeners.ts";
import { compareOrder, type Reordered } from "./order.ts";
import { compareRoutes, itemOf, type RouteComparison } from "./routes.ts";
import { compareSettings } from "./settings.ts";
import { compareUpstreams } from "./upstreams.ts";

export interface ConfigurationComparison {
  readonly changes: ConfigurationChanges;
  readonly routes: RouteComparison;
  readonly reordered: readonly Reordered[];
}

export function compareConfigurations(before: Side, after: Side, samples: Samples): ConfigurationComparison {
  const upstreams = compareUpstreams(before, after);
  const routes = compareRoutes(before, after, upstreams);
  const reordered = compareOrder(before, after, samples);
  const changes = {
    listeners: compareListeners(before, after),
    upstreams: upstreams.changes,
    routes: routes.changes,
    order: reordered.map((each) => orderChange(each, after)),
    settings: compareSettings(before, after),
  };
  return { changes, routes, reordered };
}

function orderChange({ first, second, common }: Reordered, after: Side): OrderChange {
  return {
    first: itemOf(first, after),
    second: itemOf(second, after),
    example: common && exampleText(common),
  };
}

function exampleText({ path, headers, query }: NonNullable<Reordered["common"]>): string {
  return [
    ...(path === null ? [] : [path]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...query.map(([name, value]) => `?${name}=${value}`),
  ].join(", ");
}
