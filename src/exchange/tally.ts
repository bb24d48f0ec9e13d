/** What an exchange counts and times, for its record and the metrics. Times are `Clock.nowMs`; -1 before they happen. */
import type { ProxyError } from "../base/proxy-error.ts";
import type { CloseSide } from "../observe/closed-by.ts";
import type { RouteMeter } from "../observe/metrics/route-meter.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import type { ExchangeTrace } from "./exchange-trace.ts";
import type { TunnelSummary } from "./tunnel.ts";

export class Tally {
  readonly startedMs: number;
  headMs = -1;
  /** Of the bodies. */
  receivedBytes = 0;
  sentBytes = 0;
  /** What the client got; 0 while it has got nothing. */
  status = 0;
  /** Whose FIN or RST came first in the tunnel that followed an upgrade. */
  tunnelClosedBy: CloseSide | null = null;

  /** By their lower-case names; null: none are kept. */
  answerFields: Map<string, string> | null = null;

  /** Null: it is not traced. */
  readonly trace: ExchangeTrace | null;

  constructor(nowMs: number, trace: ExchangeTrace | null) {
    this.startedMs = nowMs;
    this.trace = trace;
  }

  /** Of the last head only: an answer of our own may take the place of the target's. */
  keepFields(fields: FieldBlock, names: readonly string[]): void {
    if (names.length === 0) return;
    this.answerFields = new Map();
    for (const name of names) {
      const value = fields.get(name);
      if (value !== null) this.answerFields.set(name, value);
    }
  }

  tunnelled({ downstreamBytes, upstreamBytes, firstToClose }: TunnelSummary): void {
    this.receivedBytes = downstreamBytes;
    this.sentBytes = upstreamBytes;
    this.tunnelClosedBy = firstToClose;
  }

  count(meter: RouteMeter, method: string, error: ProxyError | null, nowMs: number): void {
    meter.ended(method, this.status, nowMs - this.startedMs, this.receivedBytes, this.sentBytes);
    if (error !== null) meter.failed(error.code);
  }

  /** From the start, or null if it has not happened. */
  since(ms: number): number | null {
    return ms < 0 ? null : ms - this.startedMs;
  }
}
