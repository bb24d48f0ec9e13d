/** One attempt at a target, for the span that tells of it. Times are `Clock.nowMs`; -1 before they happen. */
import type { ProxyError } from "../base/proxy-error.ts";

export class AttemptTrace {
  readonly spanId: string;
  readonly target: string;
  /** What the target is told: its parent is this attempt. */
  readonly traceparent: string;
  readonly startedMs: number;
  connectedMs = -1;
  reused = false;
  answeredMs = -1;
  /** 0 while it has not answered. */
  status = 0;
  endedMs = -1;
  error: ProxyError | null = null;

  constructor(spanId: string, target: string, traceparent: string, nowMs: number) {
    this.spanId = spanId;
    this.target = target;
    this.traceparent = traceparent;
    this.startedMs = nowMs;
  }

  connected(reused: boolean, nowMs: number): void {
    this.connectedMs = nowMs;
    this.reused = reused;
  }

  answered(status: number, nowMs: number): void {
    this.answeredMs = nowMs;
    this.status = status;
  }

  /** What ends it first counts. */
  end(nowMs: number, error: ProxyError | null): void {
    if (this.endedMs >= 0) return;
    this.endedMs = nowMs;
    this.error = error;
  }
}
