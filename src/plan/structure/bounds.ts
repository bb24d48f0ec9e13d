/**
 * Timeouts and limits that a route may set over the settings. One that is the settings' own on both sides is told
 * once, as a change of the settings, and not again for each of a thousand routes.
 */
import type { Limits, RouteModel, Timeouts } from "../../config/model.ts";
import type { Side } from "../side.ts";
import { sourceOf } from "./aspects.ts";
import type { Value, ValueChange } from "./change.ts";
import { durationText, rateText, sizeText } from "./settings.ts";

/** Two routes; their bounds as far as the settings do not explain the difference. */
export function boundsChanges(was: RouteModel, is: RouteModel, before: Side, after: Side): ValueChange[] {
  return BOUNDS.filter((bound) => differs(bound, was, is, before, after)).map((bound) => ({
    name: bound.keys.join("."),
    before: valueIn(bound, was, before),
    after: valueIn(bound, is, after),
  }));
}

/** Whether `boundsChanges` has anything to say. Runs for every route that is alike. */
export function hasBoundsChanges(was: RouteModel, is: RouteModel, before: Side, after: Side): boolean {
  return BOUNDS.some((bound) => differs(bound, was, is, before, after));
}

/** Equal when the same bounds hold. */
export function boundsKey(route: Bounded): string {
  return BOUNDS.map(({ read }) => read(route)).join();
}

/** A tcp route has no limits of its own; what is not there is equal on both sides. */
export interface Bounded {
  readonly timeouts: Timeouts;
  readonly limits?: Limits;
}

interface Bound {
  readonly keys: readonly [group: string, key: string];
  readonly read: (bounded: Bounded) => number | undefined;
  readonly text: (value: number) => string;
}

function differs(bound: Bound, was: RouteModel, is: RouteModel, before: Side, after: Side): boolean {
  const [old, fresh] = [bound.read(was), bound.read(is)];
  if (old === fresh || old === undefined || fresh === undefined) return false;
  const isOfSettings =
    old === bound.read(before.configuration.settings) && fresh === bound.read(after.configuration.settings);
  return !isOfSettings;
}

function valueIn({ keys, read, text }: Bound, route: RouteModel, { provenance }: Side): Value {
  return { text: text(read(route)!), ...sourceOf(provenance.inForce(route.label, ...keys)) };
}

function timeout(key: string, read: (timeouts: Timeouts) => number): Bound {
  return { keys: ["timeouts", key], read: ({ timeouts }) => read(timeouts), text: durationText };
}

function limit(key: string, read: (limits: Limits) => number, text: (value: number) => string): Bound {
  return { keys: ["limits", key], read: ({ limits }) => limits && read(limits), text };
}

const BOUNDS: readonly Bound[] = [
  timeout("connect", ({ connectMs }) => connectMs),
  timeout("body", ({ bodyMs }) => bodyMs),
  timeout("response", ({ responseMs }) => responseMs),
  timeout("idle", ({ idleMs }) => idleMs),
  timeout("total", ({ totalMs }) => totalMs),
  limit("body", ({ bodyBytes }) => bodyBytes, sizeText),
  limit("chunk_extensions", ({ chunkExtensionBytes }) => chunkExtensionBytes, sizeText),
  limit("min_rate", ({ minRateBytes }) => minRateBytes, rateText),
  limit("min_rate_window", ({ minRateWindowMs }) => minRateWindowMs, durationText),
];
