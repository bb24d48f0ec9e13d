/**
 * What PRIORITY_UPDATE said of streams that have not begun (RFC 9218 section 7): kept until they do, the last word of each, and
 * of no more of them than there may be streams.
 */
import { type Prioritised, readPriority } from "./priority.ts";

interface Announced extends Prioritised {
  readonly id: number;
}

export class AnnouncedPriorities {
  #announced: Announced[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  announce(id: number, text: string): void {
    const known = this.#announced.find((each) => each.id === id);
    if (known === undefined && this.#announced.length >= this.#most) return;
    const announced = known ?? { id, urgency: 0, incremental: false };
    readPriority(text, announced);
    if (known === undefined) this.#announced.push(announced);
  }

  /** Streams with lower numbers will never begin; what was said of this one overrides what it says itself. */
  apply(stream: Prioritised & { readonly id: number }): void {
    if (this.#announced.length === 0) return;
    const own = this.#announced.find(({ id }) => id === stream.id);
    this.#announced = this.#announced.filter(({ id }) => id > stream.id);
    if (own === undefined) return;
    stream.urgency = own.urgency;
    stream.incremental = own.incremental;
  }
}
