/**
 * How long a client gives us for a request, and what is left of it for the target: gRPC's `grpc-timeout` in calls, and
 * a field of the operator's own choice with whole milliseconds. It shrinks from hop to hop and never grows.
 */
import type { AddedField } from "../protocol/http/outbound-request.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import { isCall } from "./grpc.ts";

/** The shorter of what the request says; `Infinity` when it says nothing that can be read. */
export function givenDeadlineMs(head: RequestHead, header: string | null): number {
  const own = header === null ? Number.POSITIVE_INFINITY : wholeMs(head.fields.get(header));
  return isCall(head) ? Math.min(own, grpcTimeoutMs(head.fields.get(GRPC_TIMEOUT))) : own;
}

/**
 * What the target is told; what the client said is taken out of the request. None where there is no end.
 * @param leftMs until the exchange has to be over
 */
export function deadlineFields(
  head: RequestHead,
  header: string | null,
  leftMs: number,
): readonly AddedField[] {
  if (leftMs === Number.POSITIVE_INFINITY) return NO_FIELDS;
  const ms = Math.min(Math.max(Math.floor(leftMs), 1), MOST_MS);
  const told: AddedField[] = [];
  if (header !== null) told.push([header, String(ms)]);
  if (isCall(head)) told.push([GRPC_TIMEOUT, `${ms}m`]);
  for (const [name] of told) head.fields.endHere(name);
  return told;
}

function wholeMs(value: string | null): number {
  return value !== null && WHOLE.test(value) ? Number(value) : Number.POSITIVE_INFINITY;
}

/** "PROTOCOL-HTTP2", Timeout: at most eight digits and a unit. */
function grpcTimeoutMs(value: string | null): number {
  const [, digits, unit] = (value === null ? null : TIMEOUT.exec(value)) ?? [];
  return digits === undefined
    ? Number.POSITIVE_INFINITY
    : Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

const NO_FIELDS: readonly AddedField[] = [];
const GRPC_TIMEOUT = "grpc-timeout";
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 } as const;
const WHOLE = /^\d{1,10}$/;
/** What eight digits of milliseconds can say: more than a day. */
const MOST_MS = 99_999_999;
