/** The listening sockets that a worker has got, and still accepts on. */
import { err, ok } from "../../base/result.ts";
import { receiveDescriptors } from "../../io/descriptor-passing.ts";
import { listenOnDescriptors } from "../../io/listen-descriptors.ts";
import type { ListeningSet } from "../../io/listening-descriptor.ts";
import type { Posix } from "../../io/posix.ts";
import type { OpenListener } from "../../runtime/start.ts";
import { listenerKey } from "../../runtime/upstream-keys.ts";
import type { ListenerGrant } from "../messages.ts";

export class Holdings {
  /** By `listenerKey`. */
  readonly sets = new Map<string, ListeningSet>();
  readonly #calls: Posix;
  readonly #socket: number;

  /** @param socket where descriptors arrive */
  constructor(calls: Posix, socket: number) {
    this.#calls = calls;
    this.#socket = socket;
  }

  /** Takes what was sent for these grants, and gives the way in which `startProxy` opens their listeners. */
  open(grants: readonly ListenerGrant[]): OpenListener {
    const descriptors = this.#receive(grants.reduce((sum, { count }) => sum + count, 0));
    const granted = new Map<string, ListeningSet>();
    for (const { name, address, count, lent } of grants) {
      const own = descriptors.splice(0, count);
      if (own.length === count) granted.set(name, { address, lent, descriptors: own });
    }
    return (model, adopt) => {
      const set = granted.get(model.name);
      if (set === undefined) return err("EBADF");
      const key = listenerKey(model);
      const socket = listenOnDescriptors(set.address, set.descriptors, adopt);
      this.sets.set(key, set);
      const close = () => {
        if (this.sets.get(key) === set) this.sets.delete(key);
        socket.close();
      };
      return ok({ ...socket, close });
    };
  }

  #receive(count: number): number[] {
    const descriptors: number[] = [];
    while (descriptors.length < count) {
      const received = receiveDescriptors(this.#calls, this.#socket);
      if (received === null) break;
      descriptors.push(...received.descriptors);
    }
    return descriptors;
  }
}
