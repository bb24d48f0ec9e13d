/**
 * Work that is more than one connection may have of a turn of the event loop. It is done in portions, one of one connection
 * each turn, so that everybody else's events are waited for at most a portion at a time.
 */
import { flushOutbox } from "./connection.ts";
import { reportInternalFault } from "./internal-fault.ts";
import { refreshClock } from "./real-clock.ts";

export interface Portioned {
  /** Does a portion, and asks for another one, in any of the ways below, if more is left. */
  doPortion(): void;
}

/** The next portion comes behind those that wait already and behind the events of each turn in between. */
export function inLaterTurn(work: Portioned): void {
  waiting.push(work);
  schedule();
}

/** The same, once `MOMENT_MS` have passed: for work whose pace is to be bounded as well. */
export function inAMoment(work: Portioned): void {
  if (resting.push(work) === 1) setTimeout(endMoment, MOMENT_MS);
}

/** The same, once so much time has passed. */
export function inTurnAfter(work: Portioned, afterMs: number): void {
  setTimeout(inLaterTurn, afterMs, work);
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(takeTurn);
}

function takeTurn(): void {
  isScheduled = false;
  const work = waiting.shift();
  refreshClock();
  try {
    work?.doPortion();
  } catch (error) {
    reportInternalFault(error as Error);
  }
  flushOutbox();
  if (waiting.length > 0) schedule();
}

function endMoment(): void {
  const due = resting;
  resting = [];
  for (const work of due) inLaterTurn(work);
}

export const MOMENT_MS = 1;
const waiting: Portioned[] = [];
let resting: Portioned[] = [];
let isScheduled = false;
