/**
 * What is different between two configurations, as data: things that came, went or changed, each value with its
 * place in the old files and in the new ones.
 */
import type { Origin } from "../../config/model.ts";
import type { SourceKind } from "../../config/provenance.ts";

export interface ConfigurationChanges {
  readonly listeners: readonly ItemChange[];
  readonly upstreams: readonly ItemChange[];
  readonly routes: readonly ItemChange[];
  readonly order: readonly OrderChange[];
  readonly settings: readonly ValueChange[];
}

/** A listener, an upstream or a route. */
export type ItemChange =
  | { readonly kind: "added"; readonly after: Item }
  | { readonly kind: "removed"; readonly before: Item }
  | {
      readonly kind: "changed";
      readonly before: Item;
      readonly after: Item;
      readonly values: readonly ValueChange[];
    };

export interface Item {
  /** A route's label, the name of an upstream or listener. */
  readonly name: string;
  /** What it is and does, in a line. */
  readonly summary: string;
  readonly origin: Origin;
}

/** At least one of the two is there, and they are not the same. */
export interface ValueChange {
  /** As in the file, as far as it has a name there: `path`, `timeouts.response`, `target 10.0.0.1:80`. */
  readonly name: string;
  readonly before: Value | null;
  readonly after: Value | null;
}

export interface Value {
  readonly text: string;
  readonly from: SourceKind;
  /** Null for a default. */
  readonly origin: Origin | null;
}

/** Two routes that fit some request equally well, of which now the other comes first. */
export interface OrderChange {
  /** Now. */
  readonly first: Item;
  readonly second: Item;
  /** A path, or field and value, that both fit; null when none was found and none could be ruled out. */
  readonly example: string | null;
}

export function hasChanges({ listeners, upstreams, routes, order, settings }: ConfigurationChanges): boolean {
  return listeners.length + upstreams.length + routes.length + order.length + settings.length > 0;
}
