/** Reads the head of one request with the reader that serves. */
import { EVENT } from "../protocol/h1/events.ts";
import type { CodecLimits } from "../protocol/h1/limits.ts";
import { RequestReader } from "../protocol/h1/request-reader.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { Violation } from "../protocol/http/violation.ts";

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
