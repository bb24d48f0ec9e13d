/**
 * The labels that come from what was received, each out of a closed list: whatever a client sends, it cannot make a
 * series. No label holds a host, a path or an address of a client; routes stand for hosts.
 */
import { ERRORS, type ErrorCode } from "../../base/proxy-error.ts";

/** Methods that are told apart; `other` is the rest. */
export const METHODS = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "PATCH",
  "OPTIONS",
  "CONNECT",
  "TRACE",
  "other",
] as const;

/** By comparing, the most frequent first: the strings are constants, so most of it is comparing addresses. */
export function methodIndex(method: string): number {
  if (method === "GET") return 0;
  for (let i = 1; i < OTHER_METHOD; i++) if (method === METHODS[i]) return i;
  return OTHER_METHOD;
}

/** The first digit of the status; `none` is for who got no answer. */
export const STATUS_CLASSES = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** @param status 0 for no answer; a class that HTTP does not know counts as the last */
export function statusClassIndex(status: number): number {
  return status >= 600 ? STATUS_CLASSES.length - 1 : (status / 100) | 0;
}

/**
 * The rules of HTTP/2 whose breach ends a client's connection, floods among them; docs/http2.md says what each is. A test compares
 * them with the faults that there are.
 */
export const ENDING_RULES = [
  "h2.preface",
  "h2.firstFrame",
  "h2.frameTooLarge",
  "h2.frameLength",
  "h2.streamZero",
  "h2.connectionFrame",
  "h2.streamParity",
  "h2.streamOrder",
  "h2.idleStream",
  "h2.closedStream",
  "h2.padding",
  "h2.continuation",
  "h2.headerBlock",
  "h2.headerBlockBytes",
  "h2.continuationFlood",
  "h2.pushPromise",
  "h2.settingValue",
  "h2.initialWindow",
  "h2.zeroIncrement",
  "h2.windowOverflow",
  "h2.windowExceeded",
  "h2.priorityUpdate",
  "h2.budget",
  "h2.headTimeout",
] as const;

export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];

export function errorIndex(code: ErrorCode): number {
  return ERROR_INDEXES[code];
}

const OTHER_METHOD = METHODS.length - 1;
const ERROR_INDEXES = Object.fromEntries(ERROR_CODES.map((code, i) => [code, i])) as Readonly<
  Record<ErrorCode, number>
>;
