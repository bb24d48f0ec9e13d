/** What each worker is told when a configuration is to be served: its parts, and the sockets of the worker's place. */

import type { Configuration } from "../config/model.ts";
import type { CheckNotice } from "../runtime/health-checks.ts";
import type { TargetKey } from "../runtime/start.ts";
import { listenerKey } from "../runtime/upstream-keys.ts";
import { grantsFor } from "./grants.ts";
import type { SocketsByListener } from "./listening-sockets.ts";
import type { Parcel } from "./parcel.ts";
import type { ServingOrder } from "./worker-process.ts";

/** A configuration and the sockets that it is served on. */
export interface Generation {
  readonly number: number;
  readonly configuration: Configuration;
  readonly sockets: SocketsByListener;
}

/** What the configuration does not say, and a worker that starts does not know. */
export interface Circumstances {
  /** Targets that are taken out by hand, by the names they have now. */
  readonly drained: readonly TargetKey[];
  readonly checked: readonly CheckNotice[];
  readonly directory: string | null;
}

/** @param slots how many places there are */
export function startOrder(
  slot: number,
  slots: number,
  { number, configuration, sockets }: Generation,
  parcel: Parcel,
  circumstances: Circumstances,
): ServingOrder {
  const { listeners, descriptors } = grantsFor(configuration.listeners, sockets, slot, slots);
  const request = { type: "start", slot, listeners, ...circumstances, seat: null } as const;
  return { parcel, request, descriptors, generation: number };
}

/** One reload, as it is told to all who serve. */
export interface Reload {
  readonly next: Generation;
  readonly parcel: Parcel;
  /** Keys of the sockets that the workers have. */
  readonly known: ReadonlySet<string>;
}

/** @param waitsFor the number of the word that the worker waits for; null: it goes on by itself */
export function reloadOrder(
  slot: number,
  slots: number,
  { next, parcel, known }: Reload,
  waitsFor: number | null,
): ServingOrder {
  const { configuration, sockets, number } = next;
  const added = configuration.listeners.filter((model) => !known.has(listenerKey(model)));
  const { listeners, descriptors } = grantsFor(added, sockets, slot, slots);
  return { parcel, request: { type: "reload", listeners, waitsFor }, descriptors, generation: number };
}
