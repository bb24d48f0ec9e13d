/**
 * The configuration as the rest of the program knows it: merged, validated, every default filled in,
 * every name resolved, all durations in milliseconds and sizes in bytes. Plain data, no behaviour.
 */
import type { ListenerModel } from "./model/listener.ts";
import type { RouteModel } from "./model/route.ts";
import type { Settings } from "./model/settings.ts";
import type { UpstreamModel } from "./model/upstream.ts";

export type * from "./model/acme.ts";
export type * from "./model/bounds.ts";
export type * from "./model/discovery.ts";
export type * from "./model/listener.ts";
export type * from "./model/logging.ts";
export type * from "./model/place.ts";
export type * from "./model/route.ts";
export type * from "./model/settings.ts";
export type * from "./model/test.ts";
export type * from "./model/tls.ts";
export type * from "./model/upstream.ts";

export interface Configuration {
  readonly settings: Settings;
  readonly listeners: readonly ListenerModel[];
  readonly upstreams: readonly UpstreamModel[];
  readonly routes: readonly RouteModel[];
}
