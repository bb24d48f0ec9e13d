/**
 * Where records go: failures to the error log, every exchange to the access log when there is one. The
 * error log is written by the caller of the runtime; it is one JSON object per event.
 */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../base/clock.ts";
import { ERRORS } from "../base/proxy-error.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { Settings } from "../config/model.ts";
import type { ExchangeObserver, ExchangeRecord } from "../observe/exchange-record.ts";
import { failureEvent } from "../observe/record-fields.ts";
import { type AccessLog, accessLogFor } from "./access-log.ts";

export type LogEvent = (event: object) => void;

/** Another access log, opened but not in use. Exactly one of the two is called, once. */
export interface PreparedLog {
  commit(): void;
  discard(): void;
}

export class ExchangeLog implements ExchangeObserver {
  wantsAll: boolean;
  readonly #log: LogEvent;
  readonly #clock: Clock;
  readonly #also: ExchangeObserver | null;
  #target: Settings["accessLog"] = { kind: "off" };
  #access: AccessLog | null = null;
  /** Logs that are being left, with lines that wait. */
  #closing: Promise<unknown> = Promise.resolve();

  /** @param also hears of the same, beside the logs */
  constructor(log: LogEvent, clock: Clock, also: ExchangeObserver | null) {
    this.#log = log;
    this.#clock = clock;
    this.#also = also;
    this.wantsAll = also?.wantsAll === true;
  }

  record(record: ExchangeRecord): void {
    this.#also?.record(record);
    this.#access?.record(record);
    if (record.error !== null && deservesNotice(record)) this.#log(failureEvent(record));
  }

  /** Opens the access log; the system's word when that fails. One that stays where it is stays open. */
  async prepare(settings: Settings): Promise<Result<PreparedLog, string>> {
    const target = settings.accessLog;
    if (isDeepStrictEqual(target, this.#target)) return ok({ commit() {}, discard() {} });
    const access = accessLogFor(settings, this.#log, this.#clock);
    const cause = (await access?.open()) ?? null;
    if (cause !== null) return err(cause);
    return ok({ commit: () => this.#use(target, access), discard: () => void access?.close() });
  }

  /** The access log's file may have been renamed: what follows goes to the one that has its name now. */
  reopen(): void {
    this.#access?.reopen();
  }

  /** Writes what waits. What is recorded afterwards is lost. */
  async close(): Promise<void> {
    const access = this.#access;
    this.#access = null;
    if (access !== null) this.#closing = Promise.all([this.#closing, access.close()]);
    await this.#closing;
  }

  #use(target: Settings["accessLog"], access: AccessLog | null): void {
    void this.close();
    this.#target = target;
    this.#access = access;
    this.wantsAll = access !== null || this.#also?.wantsAll === true;
  }
}

/** What clients do wrong is in the access log; the error log tells what the operator can mend. */
function deservesNotice({ error }: ExchangeRecord): boolean {
  const { side } = ERRORS[error!.code];
  return side !== "downstream" || error!.code.startsWith("limit.");
}
