/**
 * Where records go: failures to the error log, every exchange to the access log when there is one. The
 * error log is written by the caller of the runtime; it is one JSON object per event.
 */
import type { Clock } from "../base/clock.ts";
import { ERRORS } from "../base/proxy-error.ts";
import type { Settings } from "../config/model.ts";
import type { ExchangeObserver, ExchangeRecord } from "../observe/exchange-record.ts";
import { failureEvent } from "../observe/record-fields.ts";
import { accessLogFor } from "./access-log.ts";

export type LogEvent = (event: object) => void;

export interface ExchangeLog extends ExchangeObserver {
  /** Opens the access log's file; the system's word when that fails. */
  open(): Promise<string | null>;
  /** The access log's file may have been renamed: what follows goes to the one that has its name now. */
  reopen(): void;
  /** Writes what waits. What is recorded afterwards is lost. */
  close(): Promise<void>;
}

/** @param also hears of the same, beside the logs */
export function createExchangeLog(
  settings: Settings,
  log: LogEvent,
  clock: Clock,
  also: ExchangeObserver | null,
): ExchangeLog {
  const access = accessLogFor(settings, log, clock);
  return {
    wantsAll: access !== null || also?.wantsAll === true,
    record(record) {
      also?.record(record);
      access?.record(record);
      if (record.error !== null && deservesNotice(record)) log(failureEvent(record));
    },
    open: async () => (await access?.open()) ?? null,
    reopen: () => access?.reopen(),
    close: async () => access?.close(),
  };
}

/** What clients do wrong is in the access log; the error log tells what the operator can mend. */
function deservesNotice({ error }: ExchangeRecord): boolean {
  const { side } = ERRORS[error!.code];
  return side !== "downstream" || error!.code.startsWith("limit.");
}
