/** A request that was refused before it became an exchange: the answer to it and the record of it, and its count. */
import { proxyError, statusFor } from "../base/proxy-error.ts";
import type { HttpSnapshot, Services } from "../exchange/snapshot.ts";
import { type ExchangeRecord, NOTHING_KNOWN } from "../observe/exchange-record.ts";
import { errorAnswer, type OwnAnswer } from "../pipeline/own-answer.ts";
import type { Violation } from "../protocol/http/violation.ts";

export interface Refusal {
  readonly answer: OwnAnswer;
  readonly record: ExchangeRecord;
}

/** @param startedMs when the first byte of the request came */
export function refusedRequest(
  violation: Violation,
  snapshot: HttpSnapshot,
  services: Services,
  remoteAddress: string,
  startedMs: number,
): Refusal {
  const { clock } = services.timers;
  const error = proxyError(violation.code, { rule: violation.rule });
  const status = statusFor(violation.code) ?? 400;
  const requestId = services.requestIds().toString();
  const answer = errorAnswer(error, status, requestId, snapshot.notFoundMessage, clock.wallMs());
  const record: ExchangeRecord = {
    ...NOTHING_KNOWN,
    kind: "http",
    listener: snapshot.listener,
    remoteAddress,
    requestId,
    status,
    closedBy: "proxy",
    sentBytes: answer.body.length,
    totalMs: Math.max(0, clock.nowMs() - startedMs),
    error,
  };
  const { unrouted } = snapshot.meters;
  unrouted.ended("", status, record.totalMs, 0, record.sentBytes);
  unrouted.failed(error.code);
  return { answer, record };
}

/** Somebody who is not answered at all: the record, and its count. */
export function turnedAway(
  { code, rule }: Violation,
  snapshot: HttpSnapshot,
  remoteAddress: string,
): ExchangeRecord {
  snapshot.meters.unrouted.failed(code);
  const { listener } = snapshot;
  const error = proxyError(code, { rule });
  return { ...NOTHING_KNOWN, kind: "http", listener, remoteAddress, closedBy: "proxy", error };
}
