/**
 * How the streams ended that ended last: frames for a stream that we have reset may still be under way and are to be
 * ignored, for one that its sender has ended they are a fault (RFC 9113 section 5.1). Of older ones nothing is known.
 */
export const CLOSED = { unknown: 0, ended: 1, resetByUs: 2 } as const;
export type Closed = (typeof CLOSED)[keyof typeof CLOSED];

export class ClosedStreams {
  /** `id * 4 + how`, at a place that follows from the id. */
  readonly #last: Float64Array = new Float64Array(REMEMBERED);

  note(id: number, how: Closed): void {
    this.#last[(id >>> 1) % REMEMBERED] = id * 4 + how;
  }

  how(id: number): Closed {
    const noted = this.#last[(id >>> 1) % REMEMBERED]!;
    return Math.floor(noted / 4) === id ? ((noted % 4) as Closed) : CLOSED.unknown;
  }
}

const REMEMBERED = 128;
