/**
 * Which of the streams that wait sends next (RFC 9218 section 10): the most urgent; of these, those that are of no use
 * in parts one after the other, in the order in which they were asked for; those that are, in turns.
 */

export interface Waiting {
  readonly id: number;
  readonly urgency: number;
  readonly incremental: boolean;
  /** May it send now, as far as its own window goes? */
  readonly hasWindow: boolean;
  /** When it had its turn last; larger is later. */
  readonly turn: number;
}

/** Null when none may. */
export function nextToSend<T extends Waiting>(waiting: Iterable<T>): T | null {
  let best: T | null = null;
  for (const stream of waiting) {
    if (stream.hasWindow && (best === null || goesBefore(stream, best))) best = stream;
  }
  return best;
}

function goesBefore(a: Waiting, b: Waiting): boolean {
  if (a.urgency !== b.urgency) return a.urgency < b.urgency;
  if (a.incremental !== b.incremental) return !a.incremental;
  if (a.incremental && a.turn !== b.turn) return a.turn < b.turn;
  return a.id < b.id;
}
