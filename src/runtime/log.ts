/**
 * Where records go: failures to the error log, every exchange to the access log when there is one. The
 * error log is written by the caller of the runtime; it is one JSON object per event.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import { ERRORS } from "../base/proxy-error.ts";
import type { Settings } from "../config/model.ts";
import { LineBatch, type LineSink } from "../io/line-batch.ts";
import { systemWord } from "../io/socket-events.ts";
import type { ExchangeObserver, ExchangeRecord } from "../observe/exchange-record.ts";
import { accessLine, failureEvent } from "../observe/json-lines.ts";

export type LogEvent = (event: object) => void;

export interface ExchangeLog extends ExchangeObserver {
  /** Opens the access log's file; the system's word when that fails. */
  open(): Promise<string | null>;
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
  const sink = sinkOf(settings.accessLog);
  const batch = sink === null ? null : new LineBatch(sink, reportLost(log));
  return {
    wantsAll: batch !== null || also?.wantsAll === true,
    record(record) {
      also?.record(record);
      batch?.add(accessLine(record, clock.wallMs()));
      if (record.error !== null && deservesNotice(record)) log(failureEvent(record));
    },
    open: async () => (await sink?.open()) ?? null,
    close: async () => {
      await batch?.flush();
      await sink?.close();
    },
  };
}

function reportLost(log: LogEvent) {
  return (count: number, cause: string) =>
    log({ level: "warn", event: "access_log_lines_lost", count, cause });
}

/** What clients do wrong is in the access log; the error log tells what the operator can mend. */
function deservesNotice({ error }: ExchangeRecord): boolean {
  const { side } = ERRORS[error!.code];
  return side !== "downstream" || error!.code.startsWith("limit.");
}

interface Sink extends LineSink {
  open(): Promise<string | null>;
  close(): Promise<void>;
}

function sinkOf(target: Settings["accessLog"]): Sink | null {
  if (target.kind === "off") return null;
  return target.kind === "file" ? new FileSink(target.path) : STDOUT;
}

/** Appends, so that a program that rotates logs by copying and truncating loses nothing. */
class FileSink implements Sink {
  readonly #path: string;
  #file: FileHandle | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  async open(): Promise<string | null> {
    try {
      this.#file = await open(this.#path, "a", FILE_MODE);
      return null;
    } catch (error) {
      return systemWord(error) ?? String(error);
    }
  }

  async write(lines: string): Promise<void> {
    await this.#file?.appendFile(lines);
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }
}

const STDOUT: Sink = {
  open: async () => null,
  write: async (lines) => void (await Bun.write(Bun.stdout, lines)),
  close: async () => {},
};

/** Addresses and paths of clients are nobody else's business. */
const FILE_MODE = 0o640;
