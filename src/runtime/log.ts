/**
 * Where records go: failures to the error log, every exchange to the access log when there is one. The
 * error log is written by the caller of the runtime; it is one JSON object per event.
 */
import { isDeepStrictEqual } from "node:util";
import type { Timers } from "../base/clock.ts";
import { ERRORS } from "../base/proxy-error.ts";
import type { Random } from "../base/random.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { AccessLogModel, RedactModel, Settings } from "../config/model.ts";
import type { ExchangeObserver, ExchangeRecord } from "../observe/exchange-record.ts";
import { failureEvent } from "../observe/record-fields.ts";
import { createRedaction, type Redaction } from "../observe/redaction.ts";
import { AccessLog } from "./access-log.ts";
import { FailureLimiter } from "./failure-limiter.ts";

export type LogEvent = (event: object) => void;

/** Another access log, opened but not in use. Exactly one of the two is called, once. */
export interface PreparedLog {
  commit(): void;
  discard(): void;
}

/** One of them, with what it was made from. */
interface OpenLog {
  readonly model: AccessLogModel;
  readonly redact: RedactModel;
  readonly access: AccessLog;
}

export interface LogFailure {
  /** Which log. */
  readonly name: string;
  /** The system's word. */
  readonly cause: string;
}

export class ExchangeLog implements ExchangeObserver {
  wantsAll: boolean;
  readonly #log: LogEvent;
  readonly #timers: Timers;
  readonly #random: Random;
  readonly #also: ExchangeObserver | null;
  #redaction: Redaction = createRedaction([], []);
  #logs: readonly OpenLog[] = [];
  /** Of logs that are closed. */
  #lost = 0;
  readonly #failures: FailureLimiter;
  /** Logs that are being left, with lines that wait. */
  #closing: Promise<unknown> = Promise.resolve();

  /** @param also hears of the same, beside the logs */
  constructor(log: LogEvent, timers: Timers, random: Random, also: ExchangeObserver | null) {
    this.#log = log;
    this.#timers = timers;
    this.#failures = new FailureLimiter(timers, ({ error, at, count }) =>
      log({ level: "warn", event: "failures_not_shown", error, at: at ?? undefined, count }),
    );
    this.#random = random;
    this.#also = also;
    this.wantsAll = also?.wantsAll === true;
  }

  /** Lines of access logs that were lost since the start. */
  get lost(): number {
    return this.#logs.reduce((sum, { access }) => sum + access.lost, this.#lost);
  }

  record(record: ExchangeRecord): void {
    this.#also?.record(record);
    for (const { access } of this.#logs) access.record(record);
    if (record.error !== null && deservesNotice(record)) this.#tell(record);
  }

  /** What happens thousands of times must not fill the log, whoever brings it about. */
  #tell(record: ExchangeRecord): void {
    const { code } = record.error!;
    if (this.#failures.allows(code, record.target ?? record.listener)) {
      this.#log(failureEvent(record, this.#redaction));
    }
  }

  /** Opens the access logs. Those that stay as they are stay open. */
  async prepare({ accessLogs, redact }: Settings): Promise<Result<PreparedLog, LogFailure>> {
    const redaction = createRedaction(redact.headers, redact.query);
    const around = { log: this.#log, clock: this.#timers.clock, random: this.#random, redaction };
    const logs: OpenLog[] = [];
    const discard = () =>
      logs.filter((each) => !this.#logs.includes(each)).forEach(({ access }) => void access.close());
    for (const model of accessLogs) {
      const kept = this.#logs.find((log) => isDeepStrictEqual([log.model, log.redact], [model, redact]));
      const log = kept ?? { model, redact, access: new AccessLog(model, around) };
      logs.push(log);
      const cause = kept === undefined ? await log.access.open() : null;
      if (cause === null) continue;
      discard();
      return err({ name: log.access.name, cause });
    }
    return ok({ commit: () => this.#use(logs, redaction), discard });
  }

  /** The files may have been renamed: what follows goes to those that have their names now. */
  reopen(): void {
    for (const { access } of this.#logs) access.reopen();
  }

  /** Writes what waits. What is recorded afterwards is lost. */
  async close(): Promise<void> {
    this.#use([], this.#redaction);
    this.#failures.expire();
    await this.#closing;
  }

  /** It may lose some more on its way out. */
  async #leave(access: AccessLog): Promise<void> {
    const before = access.lost;
    this.#lost += before;
    await access.close();
    this.#lost += access.lost - before;
  }

  #use(logs: readonly OpenLog[], redaction: Redaction): void {
    const left = this.#logs.filter((each) => !logs.includes(each));
    this.#closing = Promise.all([this.#closing, ...left.map(({ access }) => this.#leave(access))]);
    this.#logs = logs;
    this.#redaction = redaction;
    this.wantsAll = logs.length > 0 || this.#also?.wantsAll === true;
  }
}

/** What clients do wrong is in the access log; the error log tells what the operator can mend. */
function deservesNotice({ error }: ExchangeRecord): boolean {
  const { side } = ERRORS[error!.code];
  return side !== "downstream" || error!.code.startsWith("limit.");
}
