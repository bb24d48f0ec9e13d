/**
 * What all HTTP/2 clients of a listener together have asked for and do not take. While it is too much, each may leave less lying;
 * when it is no longer, whoever was held for that is looked at again, since nothing of its own need ever happen.
 */
import { Roster, type Rostered } from "../base/roster.ts";
import { inLaterTurn, type Portioned } from "../io/turns.ts";

/** A client for which nothing more is fetched. */
export interface HeldClient extends Rostered {
  lookAgain(): void;
}

export class SharedBacklog implements Portioned {
  readonly #held: Roster<HeldClient> = new Roster();
  #bytes = 0;

  get isCrowded(): boolean {
    return this.#bytes > MAX_BYTES;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  taken(bytes: number): void {
    const wasCrowded = this.isCrowded;
    this.#bytes -= bytes;
    if (wasCrowded && !this.isCrowded && this.#held.size > 0) inLaterTurn(this);
  }

  hold(client: HeldClient): void {
    this.#held.add(client);
  }

  letGo(client: HeldClient): void {
    this.#held.delete(client);
  }

  doPortion(): void {
    for (const client of this.#held) client.lookAgain();
  }
}

const MAX_BYTES = 16 * 1024 * 1024;
