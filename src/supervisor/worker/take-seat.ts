/** A worker in the shared memory: it takes the place that it was given, and beats for as long as its event loop turns. */
import { realClock } from "../../io/real-clock.ts";
import { joinSharedMemory } from "../../io/shared-memory.ts";
import type { LogEvent } from "../../runtime/log.ts";
import type { CountingPlace } from "../../runtime/start.ts";
import type { Seat } from "../seats.ts";

/** Without a place the worker serves all the same; nobody sees what it counts, or finds it if it hangs. */
export function takeSeat(seat: Seat | null, log: LogEvent): CountingPlace | null {
  if (seat === null) return null;
  const joined = joinSharedMemory(seat.path);
  if (!joined.ok) {
    const { code, message } = joined.error;
    log({ level: "error", event: "shared_memory_unavailable", code, message });
    return null;
  }
  const own = joined.value.takeSlot(seat.slot, process.pid, realClock.wallMs());
  own.setState("serving");
  setInterval(() => own.beat(), BEAT_MS).unref();
  return { memory: joined.value, slot: seat.slot };
}

/** Several to each look of the supervisor (supervisor.ts). */
const BEAT_MS = 200;
