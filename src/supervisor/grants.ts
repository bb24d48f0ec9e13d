/** Which sockets a worker is given: those of its own place, and for a while those of places that nobody has. */
import type { ListenerModel } from "../config/model.ts";
import type { ListeningSet } from "../io/listening-descriptor.ts";
import { descriptorsFor, type SocketsByListener } from "./listening-sockets.ts";
import type { ListenerGrant } from "./messages.ts";

/** What a worker is told, and the descriptors that are sent with it, in the same order. */
export interface Grants {
  readonly listeners: readonly ListenerGrant[];
  readonly descriptors: readonly number[];
}

export const NO_GRANTS: Grants = { listeners: [], descriptors: [] };

/** @param slots how many places there are */
export function grantsFor(
  models: readonly ListenerModel[],
  sockets: SocketsByListener,
  slot: number,
  slots: number,
): Grants {
  return granted(models, sockets, (set) => descriptorsFor(set, slot, slots));
}

/** For who stands in at these places. Sockets that all share are served anyway. */
export function grantsForVacant(
  models: readonly ListenerModel[],
  sockets: SocketsByListener,
  vacant: readonly number[],
  slots: number,
): Grants {
  return granted(models, sockets, ({ descriptors }) =>
    descriptors.length < slots ? [] : descriptors.filter((_, index) => vacant.includes(index % slots)),
  );
}

function granted(
  models: readonly ListenerModel[],
  sockets: SocketsByListener,
  choose: (set: ListeningSet) => readonly number[],
): Grants {
  const listeners: ListenerGrant[] = [];
  const descriptors: number[] = [];
  for (const { name } of models) {
    const set = sockets.get(name)!;
    const own = choose(set);
    descriptors.push(...own);
    // A listener's first socket stays for as long as it is configured, so it tells it from all others.
    const id = set.descriptors[0]!;
    listeners.push({ name, address: set.address, lent: set.lent ?? false, count: own.length, id });
  }
  return { listeners, descriptors };
}
