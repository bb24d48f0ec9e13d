/** Names to addresses, kept fresh while running. The implementation follows; this is what others see. */

/** One watched name. `addresses` changes in place as answers come; a failed refresh keeps the last good ones. */
export interface WatchedName {
  readonly name: string;
  /** Numeric, both families, in the resolver's order; empty while `failure` says why. */
  readonly addresses: readonly string[];
  /** The system's word (`ENOTFOUND`, `ETIMEOUT`) when there is no address, else null. */
  readonly failure: string | null;
  /** Settles, without throwing, after the first answer or failure. */
  readonly first: Promise<void>;
}

export interface Resolver {
  /** Starts or shares the watching of a name; a numeric address answers at once. */
  watch(name: string): WatchedName;
  /** One `watch` less; the last one stops the refreshing. */
  unwatch(name: string): void;
  close(): void;
}
