/** A worker in the shared memory: it takes the place that it was given, and beats for as long as its event loop turns. */
import { realClock } from "../../io/real-clock.ts";
import { joinSharedMemory } from "../../io/shared-memory.ts";
import type { LogEvent } from "../../runtime/log.ts";
import type { Seat } from "../seats.ts";

/** Without a place the worker serves all the same; nobody would find it if it hung. */
export function takeSeat(seat: Seat | null, log: LogEvent): void {
  if (seat === null) return;
  const joined = joinSharedMemory(seat.path);
  if (!joined.ok) {
    const { code, message } = joined.error;
    return log({ level: "error", event: "shared_memory_unavailable", code, message });
  }
  const own = joined.value.takeSlot(seat.slot, process.pid, realClock.wallMs());
  own.setState("serving");
  setInterval(() => own.beat(), BEAT_MS).unref();
}

/** Several to each look of the supervisor (supervisor.ts). */
const BEAT_MS = 200;
