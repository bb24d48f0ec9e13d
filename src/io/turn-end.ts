/**
 * What is to be sent when all events of this turn of the event loop have been handled. A connection that carries many
 * streams is written to by many events of a turn; it gets one system call for all of them.
 */
import { flushOutbox } from "./connection.ts";
import { reportInternalFault } from "./internal-fault.ts";

export interface Flushable {
  flush(): void;
}

/** `flush` is called once, soon: behind the events that wait already, before the next poll. */
export function flushAtTurnEnd(flushable: Flushable): void {
  if (waiting.push(flushable) === 1) setImmediate(endTurn);
}

function endTurn(): void {
  const due = waiting;
  waiting = [];
  for (const flushable of due) {
    try {
      flushable.flush();
    } catch (error) {
      reportInternalFault(error as Error);
    }
  }
  flushOutbox();
}

let waiting: Flushable[] = [];
