/** The access log: from a record to bytes that wait for their file, in one go. */
import type { Clock } from "../base/clock.ts";
import type { Settings } from "../config/model.ts";
import { LineBatch } from "../io/line-batch.ts";
import { fileOutput, type LogOutput, standardOutput } from "../io/log-output.ts";
import type { ExchangeRecord } from "../observe/exchange-record.ts";
import { createJsonLine } from "../observe/line/json-line.ts";
import type { LineWriter } from "../observe/line/line-writer.ts";
import type { LogEvent } from "./log.ts";

/** Null when there is none. */
export function accessLogFor(settings: Settings, log: LogEvent, clock: Clock): AccessLog | null {
  const output = outputOf(settings.accessLog);
  return output === null ? null : new AccessLog(output, createJsonLine(), log, clock);
}

export class AccessLog {
  readonly #output: LogOutput;
  readonly #batch: LineBatch;
  readonly #format: LineWriter;
  readonly #clock: Clock;

  constructor(output: LogOutput, format: LineWriter, log: LogEvent, clock: Clock) {
    this.#output = output;
    this.#format = format;
    this.#clock = clock;
    this.#batch = new LineBatch(output, (count, cause) =>
      log({ level: "warn", event: "access_log_lines_lost", count, cause }),
    );
  }

  open(): Promise<string | null> {
    return this.#output.open();
  }

  reopen(): void {
    this.#output.reopen();
  }

  record(record: ExchangeRecord): void {
    const sink = this.#batch.begin();
    if (sink === null) return;
    this.#format.write(sink, record, this.#clock.wallMs());
    this.#batch.end();
  }

  /** Writes what waits. What is recorded afterwards is lost. */
  async close(): Promise<void> {
    await this.#batch.flush();
    this.#batch.close();
    await this.#output.close();
  }
}

function outputOf(target: Settings["accessLog"]): LogOutput | null {
  if (target.kind === "off") return null;
  return target.kind === "file" ? fileOutput(target.path) : standardOutput();
}
