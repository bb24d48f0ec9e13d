/** The listening sockets that a worker has got, and still accepts on. */
import { err, ok, type Result } from "../../base/result.ts";
import { receiveDescriptors } from "../../io/descriptor-passing.ts";
import type { ListenFailure, ListenSocket } from "../../io/listen.ts";
import { listenOnDescriptors } from "../../io/listen-descriptors.ts";
import type { ListeningSet } from "../../io/listening-descriptor.ts";
import { duplicate, type Posix } from "../../io/posix.ts";
import type { Adopt } from "../../io/socket-events.ts";
import type { OpenListener } from "../../runtime/start.ts";
import { listenerKey } from "../../runtime/upstream-keys.ts";
import type { ListenerGrant } from "../messages.ts";
import type { Reception } from "./reception.ts";

/** A grant with what came for it. */
interface Granted {
  readonly set: ListeningSet;
  readonly id: number;
}

/** What came for the listeners of one order. */
export interface OpenedGrants {
  readonly open: OpenListener;
  /** Lets go of what nobody has opened, as when the order could not be followed. */
  close(): void;
}

export class Holdings {
  /** Copies to be handed to a supervisor to come: what is accepted on may be closed for a while. By `listenerKey`. */
  readonly sets = new Map<string, ListeningSet>();
  readonly #covered: ListenSocket[] = [];
  readonly #calls: Posix;
  readonly #reception: Reception;

  constructor(calls: Posix, reception: Reception) {
    this.#calls = calls;
    this.#reception = reception;
  }

  /** Takes what was sent for these grants, and gives the way in which `startProxy` opens their listeners. */
  open(grants: readonly ListenerGrant[], socket: number): OpenedGrants {
    const descriptors = receiveMany(
      this.#calls,
      socket,
      grants.reduce((sum, { count }) => sum + count, 0),
    );
    const granted = new Map<string, Granted>();
    for (const { name, address, count, lent, id } of grants) {
      const own = descriptors.splice(0, count);
      if (own.length === count) granted.set(name, { id, set: { address, lent, descriptors: own } });
    }
    return {
      open: (model, adopt) => {
        const own = granted.get(model.name);
        granted.delete(model.name);
        return this.#serve(own, listenerKey(model), adopt);
      },
      close: () => {
        for (const { set } of granted.values()) for (const each of set.descriptors) this.#calls.close(each);
        granted.clear();
      },
    };
  }

  /**
   * Accepts also on these, for the listeners that are served here already, and no more on those until now. Who waits in
   * their queues waits for whoever accepts there next.
   */
  cover(grants: readonly ListenerGrant[], descriptors: readonly number[]): void {
    for (const socket of this.#covered.splice(0)) socket.close();
    const rest = [...descriptors];
    for (const { address, count, id } of grants) {
      const own = rest.splice(0, count);
      const adopt = this.#reception.standIn(id);
      if (adopt !== null && own.length > 0) this.#covered.push(listenOnDescriptors(address, own, adopt));
      else for (const each of own) this.#calls.close(each);
    }
  }

  #serve(granted: Granted | undefined, key: string, adopt: Adopt): Result<ListenSocket, ListenFailure> {
    if (granted === undefined) return err("EBADF");
    const { id, set } = granted;
    const copies = set.descriptors.map((each) => duplicate(this.#calls, each)).filter((each) => each >= 0);
    const kept: ListeningSet = { ...set, descriptors: copies };
    this.sets.set(key, kept);
    const socket = listenOnDescriptors(set.address, set.descriptors, this.#reception.door(id, adopt));
    const close = () => {
      if (this.sets.get(key) === kept) this.sets.delete(key);
      for (const each of copies.splice(0)) this.#calls.close(each);
      this.#reception.closeDoor(id, adopt);
      socket.close();
    };
    return ok({ ...socket, close });
  }
}

/** As many as are there, and no more than these. */
export function receiveMany(calls: Posix, socket: number, count: number): number[] {
  const descriptors: number[] = [];
  while (descriptors.length < count) {
    const received = receiveDescriptors(calls, socket);
    if (received === null) break;
    descriptors.push(...received.descriptors);
  }
  return descriptors;
}
