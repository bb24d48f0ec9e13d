/**
 * The storage that this instance shares with others, while a configuration asks for one: copied before that is served, and
 * followed while it is in force. Once for all workers, here.
 */
import type { CopiedShelf } from "../acme/shared/copied-shelf.ts";
import type { AcmeModel, Configuration } from "../config/model.ts";
import type { LogEvent } from "../runtime/log.ts";

/** Null where nothing is shared. */
export type OpenedStorage = { readonly key: string; readonly shelf: CopiedShelf } | null;

export class SharedStorage {
  readonly #log: LogEvent;
  #inUse: OpenedStorage = null;

  constructor(log: LogEvent) {
    this.#log = log;
  }

  /** The one in use, where it is the same. `use` or `discard` must follow. */
  async open({ settings: { acme } }: Configuration): Promise<OpenedStorage> {
    if (acme?.shared == null) return null;
    const key = keyOf(acme);
    if (key === this.#inUse?.key) return this.#inUse;
    // Loaded only where it is used.
    const { openShared } = await import("../acme/shared/open-shared.ts");
    return { key, shelf: await openShared(acme, acme.shared, this.#log) };
  }

  /** From now on there is no other. */
  use(opened: OpenedStorage): void {
    if (opened !== this.#inUse) this.#inUse?.shelf.close();
    this.#inUse = opened;
  }

  discard(opened: OpenedStorage): void {
    if (opened !== this.#inUse) opened?.shelf.close();
  }
}

function keyOf({ shared, storage, directory }: AcmeModel): string {
  return JSON.stringify([shared, storage, directory]);
}
