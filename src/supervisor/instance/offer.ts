/**
 * The door through which a process can be relieved: whoever may enter the directory of the instance gets copies of the
 * listening sockets, and can then ask this process to finish.
 */
import { unlinkSync } from "node:fs";
import { MOST_DESCRIPTORS, sendDescriptors } from "../../io/descriptor-passing.ts";
import { type ListenSocket, listen } from "../../io/listen.ts";
import type { ListeningSet } from "../../io/listening-descriptor.ts";
import { AF_UNIX, type Posix, SOCK_FLAGS, SOCK_SEQPACKET } from "../../io/posix.ts";
import { unixName } from "../../io/socket-name.ts";
import type { TargetKey } from "../../runtime/start.ts";
import { Channel } from "../channel/channel.ts";
import { JSON_TEXT } from "../channel/frames.ts";
import {
  type HandoverRequest,
  handoverPaths,
  isHandoverRequest,
  type OfferedSet,
  type TakeOverAnswer,
} from "./handover.ts";

export interface Offerer {
  readonly role: TakeOverAnswer["role"];
  /** What it accepts on, by `listenerKey`. */
  sets(): ReadonlyMap<string, ListeningSet>;
  drained(): readonly TargetKey[];
  releaseAdmin(): void;
  /** Resolves once nothing new is accepted. */
  relieve(deadlineMs: number, successor: number): Promise<void>;
}

export class Offer {
  readonly #calls: Posix;
  readonly #offerer: Offerer;
  readonly #paths: ReturnType<typeof handoverPaths>;
  readonly #door: ListenSocket;
  readonly #descriptors: number;

  private constructor(
    calls: Posix,
    offerer: Offerer,
    paths: ReturnType<typeof handoverPaths>,
    door: ListenSocket,
    descriptors: number,
  ) {
    this.#calls = calls;
    this.#offerer = offerer;
    this.#paths = paths;
    this.#door = door;
    this.#descriptors = descriptors;
  }

  /** Null when the directory takes no sockets; the process serves all the same. */
  static open(calls: Posix, directory: string, offerer: Offerer): Offer | null {
    const paths = handoverPaths(directory, offerer.role, process.pid);
    const descriptors = listenForMessages(calls, paths.descriptors);
    if (descriptors === null) return null;
    let offer: Offer | null = null;
    const door = listen({ kind: "unix", path: paths.talk }, (connection) => {
      const handler = {
        onEvent() {},
        onRequest: (value: unknown) => offer!.#answer(value),
        onClose() {},
      };
      return new Channel(handler, JSON_TEXT).serve(connection);
    });
    if (door.ok) offer = new Offer(calls, offerer, paths, door.value, descriptors);
    else calls.close(descriptors);
    return offer;
  }

  /** Nobody new finds this process any more. Who has come already may still ask. */
  close(): void {
    this.#door.close();
    this.#calls.close(this.#descriptors);
    for (const path of Object.values(this.#paths)) remove(path);
  }

  async #answer(value: unknown): Promise<unknown> {
    if (!isHandoverRequest(value)) return null;
    return this.#obey(value);
  }

  async #obey(request: HandoverRequest): Promise<unknown> {
    if (request.type === "takeOver") return this.#hand();
    if (request.type === "releaseAdmin") this.#offerer.releaseAdmin();
    else await this.#offerer.relieve(request.deadlineMs, request.successor);
    return null;
  }

  /** The other has connected to the second socket before it asked. */
  #hand(): TakeOverAnswer {
    const sets = [...this.#offerer.sets()];
    const socket = this.#calls.accept4(this.#descriptors, null, null, SOCK_FLAGS);
    const all = sets.flatMap(([, { descriptors }]) => descriptors);
    for (let from = 0; from < all.length; from += MOST_DESCRIPTORS) {
      sendDescriptors(this.#calls, socket, all.slice(from, from + MOST_DESCRIPTORS));
    }
    this.#calls.close(socket);
    const offered: OfferedSet[] = sets.map(([key, { address, descriptors, lent = false }]) => ({
      key,
      address,
      lent,
      count: descriptors.length,
    }));
    const { role } = this.#offerer;
    return { role, pid: process.pid, sets: offered, drained: this.#offerer.drained() };
  }
}

/** Messages are kept apart, which a stream would not do for descriptors that the runtime does not read. */
function listenForMessages(calls: Posix, path: string): number | null {
  remove(path);
  const name = unixName(path);
  if (name === null) return null;
  const socket = calls.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_FLAGS, 0);
  if (socket < 0) return null;
  if (calls.bind(socket, name, name.length) === 0 && calls.listen(socket, 8) === 0) return socket;
  calls.close(socket);
  return null;
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not there.
  }
}
