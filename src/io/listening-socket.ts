/**
 * A listening socket of the runtime's, with what the runtime does not offer: to leave off accepting for a while, and
 * not to lose who waits in its queue. By descriptors, so on Linux only; elsewhere it is done without.
 */
import { closeSync } from "node:fs";
import { adoptDescriptor } from "./adopt.ts";
import { type Door, descriptorBudget } from "./descriptor-budget.ts";
import { type Posix, posix, SO_REUSEPORT, SOCK_FLAGS, SOL_SOCKET, setFlag } from "./posix.ts";
import { type Adopt, socketEvents } from "./socket-events.ts";

/** As `Bun.listen` gives it. */
export interface RuntimeListener {
  readonly fd?: number;
  stop(closeActive: boolean): void;
}

/** @param descriptor of a socket that listens already; the runtime's from then on */
export function serveDescriptor(descriptor: number, adopt: Adopt): RuntimeListener {
  // The types know no `fd` here; the runtime does.
  const options = { fd: descriptor, allowHalfOpen: true, socket: socketEvents(adopt) };
  return Bun.listen(options as never) as unknown as RuntimeListener;
}

export class ListeningSocket implements Door {
  readonly #adopt: Adopt;
  /** Null while paused. */
  #listener: RuntimeListener | null;
  /** What keeps the queue while nobody accepts; -1 otherwise. */
  #kept = -1;
  #closed = false;

  /** @param mayPause closing it and opening it again by its descriptor leaves no trace */
  constructor(listener: RuntimeListener, adopt: Adopt, mayPause = true) {
    this.#listener = listener;
    this.#adopt = adopt;
    if (mayPause && posix !== null) descriptorBudget.add(this);
  }

  get #descriptor(): number {
    return this.#listener?.fd ?? this.#kept;
  }

  pause(): void {
    if (posix === null || this.#listener === null) return;
    const kept = posix.fcntl(this.#descriptor, F_DUPFD_CLOEXEC, 0);
    if (kept < 0) return;
    this.#kept = kept;
    this.#listener.stop(false);
    this.#listener = null;
  }

  resume(): void {
    if (this.#closed || this.#listener !== null) return;
    this.#listener = serveDescriptor(this.#kept, this.#adopt);
    this.#kept = -1;
  }

  /** See `ListenSocket.share`. */
  share(isShared: boolean): void {
    if (posix === null || this.#descriptor < 0) return;
    setFlag(posix, this.#descriptor, SOL_SOCKET, SO_REUSEPORT, isShared ? 1 : 0);
  }

  /** All that the queue holds now, or as many as there are descriptors for. */
  acceptWaiting(): void {
    if (posix === null || this.#descriptor < 0) return;
    for (let fd = acceptOne(posix, this.#descriptor); fd >= 0; fd = acceptOne(posix, this.#descriptor)) {
      const accepted = fd;
      adoptDescriptor(accepted, this.#adopt).catch(() => closeSync(accepted));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    descriptorBudget.remove(this);
    if (this.#kept >= 0) closeSync(this.#kept);
    this.#kept = -1;
    this.#listener?.stop(false);
  }
}

function acceptOne(calls: Posix, descriptor: number): number {
  return calls.accept4(descriptor, null, null, SOCK_FLAGS);
}

const F_DUPFD_CLOEXEC = 1030;
