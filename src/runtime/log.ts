/**
 * Where records go: failures to the error log, every exchange to the access log when there is one. The
 * error log is written by the caller of the runtime; it is one JSON object per event.
 */
import { open } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import { ERRORS } from "../base/proxy-error.ts";
import type { Settings } from "../config/model.ts";
import { LineBatch, type LineSink } from "../io/line-batch.ts";
import type { ExchangeObserver, ExchangeRecord } from "../observe/exchange-record.ts";
import { accessLine, failureEvent } from "../observe/json-lines.ts";

export type LogEvent = (event: object) => void;

export interface ExchangeLog extends ExchangeObserver {
  close(): Promise<void>;
}

/** @param also hears of the same, beside the logs */
export function createExchangeLog(
  settings: Settings,
  log: LogEvent,
  clock: Clock,
  also: ExchangeObserver | null,
): ExchangeLog {
  const batch = settings.accessLog.kind === "off" ? null : new LineBatch(sinkOf(settings.accessLog));
  return {
    wantsAll: batch !== null || also?.wantsAll === true,
    record(record) {
      also?.record(record);
      batch?.add(accessLine(record, clock.wallMs()));
      if (record.error !== null && deservesNotice(record)) log(failureEvent(record));
    },
    close: async () => {
      await batch?.flush();
    },
  };
}

/** What clients do wrong is in the access log; the error log tells what the operator can mend. */
function deservesNotice({ error }: ExchangeRecord): boolean {
  const { side } = ERRORS[error!.code];
  return side !== "downstream" || error!.code.startsWith("limit.");
}

function sinkOf(target: Exclude<Settings["accessLog"], { kind: "off" }>): LineSink {
  if (target.kind === "stdout") return { write: async (lines) => void (await Bun.write(Bun.stdout, lines)) };
  const file = open(target.path, "a");
  file.catch(() => undefined);
  return { write: async (lines) => void (await (await file).appendFile(lines)) };
}
