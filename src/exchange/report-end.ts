/** An exchange that is over, told to whoever listens: its record to the logs, its trace to the tracer. */
import type { ProxyError } from "../base/proxy-error.ts";
import type { ExchangeObserver } from "../observe/exchange-record.ts";
import type { ClientIdentity } from "../pipeline/forwarding.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { RequestId } from "../protocol/http/request-id.ts";
import type { Attempts } from "./attempts.ts";
import { HttpRecord } from "./http-record.ts";
import type { HttpRoute, HttpSettings } from "./snapshot.ts";
import type { Tally } from "./tally.ts";

export interface EndedExchange {
  readonly head: RequestHead;
  readonly client: ClientIdentity;
  readonly settings: HttpSettings;
  readonly tally: Tally;
  readonly requestId: RequestId;
  readonly route: HttpRoute | null;
  readonly attempts: Attempts | null;
}

/** Whether anybody listens, so that an exchange without a listener makes nothing for one. */
export function isReported(tally: Tally, error: ProxyError | null, observer: ExchangeObserver): boolean {
  return error !== null || observer.wantsAll || tally.trace?.isSampled === true;
}

export function reportEnd(
  ended: EndedExchange,
  error: ProxyError | null,
  observer: ExchangeObserver,
  nowMs: number,
): void {
  const { head, client, settings, tally, requestId, route, attempts } = ended;
  const facts = {
    listener: settings.listener,
    route: route?.label ?? null,
    target: attempts?.target?.name ?? null,
    remoteAddress: client.address,
    attempts: attempts?.count ?? 0,
    last: attempts,
  };
  const record = new HttpRecord(facts, tally, head, requestId, error, nowMs);
  if (error !== null || observer.wantsAll) observer.record(record);
  const { trace } = tally;
  if (trace?.isSampled !== true) return;
  // What is still under way ends with the exchange, and perhaps for the same reason.
  for (const attempt of trace.attempts) attempt.end(nowMs, error);
  const { scheme } = client;
  const pathPattern = route?.pathPattern ?? null;
  settings.tracer!.end(trace, { record, startedMs: tally.startedMs, endedMs: nowMs, scheme, pathPattern });
}
