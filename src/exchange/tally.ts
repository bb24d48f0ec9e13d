/** What an exchange counts and times, for its record. Times are `Clock.nowMs`; -1 before they happen. */
import type { ProxyError } from "../base/proxy-error.ts";
import type { ExchangeRecord } from "../observe/exchange-record.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";

export class Tally {
  readonly startedMs: number;
  connectedMs = -1;
  headMs = -1;
  /** Of the bodies. */
  receivedBytes = 0;
  sentBytes = 0;
  /** What the client got; 0 while it has got nothing. */
  status = 0;

  constructor(nowMs: number) {
    this.startedMs = nowMs;
  }

  record(
    head: RequestHead,
    known: Pick<ExchangeRecord, "listener" | "route" | "target" | "requestId" | "remoteAddress" | "attempts">,
    error: ProxyError | null,
    nowMs: number,
  ): ExchangeRecord {
    return {
      ...known,
      kind: "http",
      method: head.method,
      host: head.authority(),
      path: head.target(),
      status: this.status === 0 ? null : this.status,
      receivedBytes: this.receivedBytes,
      sentBytes: this.sentBytes,
      connectMs: this.#since(this.connectedMs),
      headMs: this.#since(this.headMs),
      totalMs: nowMs - this.startedMs,
      error,
    };
  }

  #since(ms: number): number | null {
    return ms < 0 ? null : ms - this.startedMs;
  }
}
