/** Tells that descriptors are short, and that they no longer are; once for a flood that comes and goes in waves. */
import type { Clock } from "../base/clock.ts";
import type { BudgetState } from "../io/descriptor-budget.ts";
import type { LogEvent } from "./log.ts";

export function descriptorEvents(log: LogEvent, clock: Clock): (state: BudgetState) => void {
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  let isTold = false;
  return ({ isShort, connections, descriptorLimit }) => {
    const facts = { connections, descriptor_limit: descriptorLimit };
    if (!isShort) {
      if (isTold) log({ level: "info", event: "accept_resumed", ...facts });
      isTold = false;
    } else if (clock.nowMs() >= quietUntilMs) {
      quietUntilMs = clock.nowMs() + QUIET_MS;
      isTold = true;
      log({ level: "warn", event: "accept_paused", ...facts });
    }
  };
}

const QUIET_MS = 60_000;
