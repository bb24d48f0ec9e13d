/** Reads the head of one request with the reader that serves. */
import { EVENT } from "../protocol/h1/events.ts";
import { type CodecLimits, sameLimits } from "../protocol/h1/limits.ts";
import { RequestReader } from "../protocol/h1/request-reader.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { Violation } from "../protocol/http/violation.ts";
import { type ExplainedRequest, requestBytes } from "./request.ts";

export interface ReadRequest {
  /** As far as it was read before the violation. */
  readonly head: RequestHead;
  readonly violation: Violation | null;
}

/** @param bytes a whole head */
export function readRequest(bytes: Buffer, limits: CodecLimits): ReadRequest {
  const reader = new RequestReader(limits);
  reader.push(bytes);
  const event = reader.next();
  if (event === EVENT.needData) throw new Error("a whole head was read, and the reader wants more");
  return { head: reader.head, violation: event === EVENT.fault ? reader.violation : null };
}

/**
 * Reads the bytes of a request, once for two configurations that are asked about it one after the other. The head that
 * comes back may be somebody else's as well, so it is not to be changed.
 */
export function receivedRequest(request: ExplainedRequest, limits: CodecLimits): ReadRequest {
  if (last !== null && last.request === request && sameLimits(last.limits, limits)) return last.read;
  last = { request, limits, read: readRequest(requestBytes(request), limits) };
  return last.read;
}

let last: {
  readonly request: ExplainedRequest;
  readonly limits: CodecLimits;
  readonly read: ReadRequest;
} | null = null;
