/**
 * Where connections come in, from the listening sockets and from other workers. One that was accepted here may be handed
 * on; one that was handed here stays.
 */
import { closeSync } from "node:fs";
import { adoptDescriptor } from "../../io/adopt.ts";
import type { Connection, ConnectionHandler } from "../../io/connection.ts";
import { type ReceivedDescriptors, receiveDescriptors } from "../../io/descriptor-passing.ts";
import type { Posix } from "../../io/posix.ts";
import type { Adopt } from "../../io/socket-events.ts";
import type { Seating } from "./seating.ts";
import { type Letter, letterOf, type Mailbox, Spread } from "./spread.ts";

export class Reception {
  readonly #calls: Posix;
  readonly #count: () => number;
  /** Who serves the connections of a listener, by its number. */
  readonly #doors = new Map<number, Adopt>();
  #seating: Seating | null = null;
  #spread: Spread | null = null;
  #box = -1;

  /** @param count connections of this worker */
  constructor(calls: Posix, count: () => number) {
    this.#calls = calls;
    this.#count = count;
  }

  /** From now on connections are handed on, and taken from `box` whenever `bell` rings. */
  async open(seating: Seating, box: number, bell: number): Promise<void> {
    this.#seating = seating;
    this.#spread = new Spread(this.#calls, seating.slot, seating);
    this.#box = box;
    const handler: ConnectionHandler = { ...NOBODY, onData: () => void this.#empty() };
    await adoptDescriptor(bell, () => handler);
  }

  /**
   * Hands nothing on any more, and resolves when nothing more can arrive: whoever was just about to send something had
   * looked a moment before whether this worker serves.
   */
  async close(): Promise<void> {
    this.#spread?.usePeers([]);
    if (this.#box < 0) return;
    await Bun.sleep(LAST_LETTER_MS);
    await Promise.all(this.#empty());
  }

  usePeers(mailboxes: readonly Mailbox[]): void {
    this.#spread?.usePeers(mailboxes);
  }

  /** For a listener of this number, in place of `adopt` alone. */
  door(listener: number, adopt: Adopt): Adopt {
    this.#doors.set(listener, adopt);
    return (connection) => this.#admit(connection, listener, adopt);
  }

  /** For further sockets of a listener that has a door. */
  standIn(listener: number): Adopt | null {
    const adopt = this.#doors.get(listener);
    return adopt === undefined ? null : (connection) => this.#admit(connection, listener, adopt);
  }

  closeDoor(listener: number, adopt: Adopt): void {
    if (this.#doors.get(listener) === adopt) this.#doors.delete(listener);
  }

  #admit(connection: Connection, listener: number, adopt: Adopt): ConnectionHandler {
    if (this.#spread?.handOn(connection.fd, listener, this.#count()) === true) {
      connection.close();
      return NOBODY;
    }
    const handler = adopt(connection);
    this.#seating?.accepted();
    return handler;
  }

  #empty(): Promise<void>[] {
    const taken: Promise<void>[] = [];
    for (let next = this.#nextLetter(); next !== null; next = this.#nextLetter()) {
      const letter = letterOf(next.note);
      for (const descriptor of next.descriptors) taken.push(this.#take(descriptor, letter));
    }
    return taken;
  }

  #nextLetter(): ReceivedDescriptors | null {
    return receiveDescriptors(this.#calls, this.#box);
  }

  async #take(descriptor: number, { listener, from }: Letter): Promise<void> {
    const adopt = this.#doors.get(listener);
    // Its listener has just been removed by a reload.
    if (adopt === undefined) return closeSync(descriptor);
    const admit: Adopt = (connection) => {
      const handler = adopt(connection);
      this.#seating?.received(from);
      return handler;
    };
    await adoptDescriptor(descriptor, admit).catch(() => closeSync(descriptor));
  }
}

/** Between the look and the send lie microseconds, unless the sender is not given a core. */
const LAST_LETTER_MS = 30;
const NOBODY: ConnectionHandler = {
  onData() {},
  onEnd() {},
  onBlocked() {},
  onDrain() {},
  onClose() {},
};
