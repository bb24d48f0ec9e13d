/**
 * The listening sockets of an instance, by address. They are the supervisor's: each stays open here as long as its
 * listener is configured, whatever becomes of the workers that accept from it.
 */
import { unlinkSync } from "node:fs";
import { err, ok, type Result } from "../base/result.ts";
import type { ListenerModel } from "../config/model.ts";
import { addListening, type ListeningSet, openListening } from "../io/listening-descriptor.ts";
import type { Posix } from "../io/posix.ts";
import { bindFailure, type StartFailure } from "../runtime/failures.ts";
import { listenerKey } from "../runtime/upstream-keys.ts";

/** By listener's name. */
export type SocketsByListener = ReadonlyMap<string, ListeningSet>;

export class ListeningSockets {
  readonly #calls: Posix;
  /** How many accept, each on a socket of its own. */
  readonly #count: number;
  #current = new Map<string, ListeningSet>();
  /** Between `open` and the `use` or `abandon` that follows it. */
  #opened: SocketsByListener = NO_SOCKETS;
  #isClosed = false;

  constructor(calls: Posix, count: number) {
    this.#calls = calls;
    this.#count = count;
  }

  /** Those in use. */
  get sets(): ReadonlyMap<string, ListeningSet> {
    return this.#current;
  }

  /** What another process had opened; counts as in use, and is closed by the next `use` that does not need it. */
  adopt(key: string, set: ListeningSet): void {
    this.#current.set(key, set);
  }

  /** Sockets for these listeners: those in use that fit, and new ones. When one cannot be had, none is opened. */
  open(models: readonly ListenerModel[]): Result<SocketsByListener, StartFailure[]> {
    const opened = new Map<string, ListeningSet>();
    const failures: StartFailure[] = [];
    for (const model of models) {
      const set = this.#setFor(model);
      if (set.ok) opened.set(model.name, set.value);
      else failures.push(bindFailure(model, set.error));
    }
    this.#opened = opened;
    if (failures.length === 0) return ok(opened);
    this.abandon(opened);
    return err(failures);
  }

  /** From now on these are in use, and no others. */
  use(models: readonly ListenerModel[], sockets: SocketsByListener): void {
    if (this.#isClosed) return;
    const next = new Map(models.map((model) => [listenerKey(model), sockets.get(model.name)!]));
    const kept = new Set([...next.values()].flatMap(({ descriptors }) => descriptors));
    for (const set of this.#current.values()) this.#close(set, kept);
    this.#current = next;
    this.#opened = NO_SOCKETS;
  }

  /** Closes what `open` has opened and nobody will use. */
  abandon(sockets: SocketsByListener): void {
    if (this.#isClosed) return;
    const kept = new Set([...this.#current.values()].flatMap(({ descriptors }) => descriptors));
    for (const set of sockets.values()) this.#close(set, kept);
    this.#opened = NO_SOCKETS;
  }

  /**
   * For good. What has been opened and is not in use yet is closed with the rest.
   * @param handedOver another process accepts on them, so files of Unix sockets stay
   */
  close(handedOver: boolean): void {
    if (this.#isClosed) return;
    this.abandon(this.#opened);
    this.#isClosed = true;
    for (const set of this.#current.values()) this.#close(set, NONE, handedOver);
    this.#current.clear();
  }

  #setFor(model: ListenerModel): Result<ListeningSet, string> {
    const current = this.#current.get(listenerKey(model));
    if (current !== undefined) return addListening(this.#calls, current, this.#count);
    return openListening(this.#calls, model.address, this.#count, this.#holdsPortOf(model));
  }

  /** A listener that moves to another address of its port must not be refused because of itself. */
  #holdsPortOf({ address }: ListenerModel): boolean {
    if (address.kind !== "tcp" || address.port === 0) return false;
    return [...this.#current.values()].some(
      (set) => set.address.kind === "tcp" && set.address.port === address.port,
    );
  }

  #close(set: ListeningSet, kept: ReadonlySet<number>, handedOver = false): void {
    const closed = set.descriptors.filter((descriptor) => !kept.has(descriptor));
    for (const descriptor of closed) this.#calls.close(descriptor);
    const { address, lent = false } = set;
    if (address.kind === "unix" && closed.length > 0 && !handedOver && !lent) removeFile(address.path);
  }
}

/** The sockets of a set on which this worker accepts: its own, several when there are many, a shared one when few. */
export function descriptorsFor(
  { descriptors }: ListeningSet,
  slot: number,
  slots: number,
): readonly number[] {
  const own = descriptors.filter((_, index) => index % slots === slot);
  return own.length > 0 ? own : [descriptors[slot % descriptors.length]!];
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody was faster, which is as good.
  }
}

const NONE: ReadonlySet<number> = new Set();
const NO_SOCKETS: SocketsByListener = new Map();
