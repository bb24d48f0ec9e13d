/**
 * The two halves of the border between an exchange and a protocol towards a target. HTTP/1.1 and later
 * versions implement `UpstreamStream`; the exchange implements `UpstreamEvents`. Calls go down, events come up,
 * and an event may be answered by a call before it returns.
 */
import type { ProxyError } from "../base/proxy-error.ts";
import type { Wire } from "../io/wire.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import type { OutboundRequest } from "../protocol/http/outbound-request.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";

export interface UpstreamStream {
  /** Whether the connection had served a request before this one. */
  readonly reused: boolean;
  /** Bytes that the target's side has taken since the connection began. */
  readonly takenBytes: number;
  sendHead(request: OutboundRequest): void;
  sendData(bytes: Buffer, start: number, end: number): void;
  /** The request is complete; trailers only after a chunked body. */
  sendEnd(trailers: FieldBlock | null): void;
  /** Holds and releases the answer's body. */
  pause(): void;
  resume(): void;
  /** Gives the exchange up. No event follows. */
  abort(): void;
  /** The same in `onResponseHead`, of an answer that is not wanted; the connection is kept if that costs little. */
  drop(): void;
  /** After `onUpgraded`: the connection is the caller's, and counts for the target until `tunnelEnded`. */
  detach(): Wire;
  tunnelEnded(): void;
}

export interface UpstreamEvents {
  /** An interim answer (1xx other than 101). */
  onInterimHead(head: ResponseHead): void;
  onResponseHead(head: ResponseHead): void;
  onResponseData(bytes: Buffer, start: number, end: number): void;
  /** The stream is over; whatever was kept of it is invalid now. */
  onResponseEnd(trailers: FieldBlock | null): void;
  /** 101: HTTP is over on this connection. `leftover` came behind the head. */
  onUpgraded(head: ResponseHead, leftover: Buffer | null): void;
  /** The upstream does not take our bytes; hold the request's body. */
  onRequestBlocked(): void;
  onRequestDrain(): void;
  /** The stream is over without an answer, or in the middle of one. */
  onUpstreamFailure(error: ProxyError): void;
}
