/**
 * A request on its way upstream: the head as received and what we change of it. Each protocol version
 * writes it in its own form; nothing here is bound to one.
 */
import type { RequestHead } from "./request-head.ts";
import type { RequestId } from "./request-id.ts";

export interface OutboundRequest {
  readonly head: RequestHead;
  /** Path and query to send, or null for those received. */
  readonly target: string | null;
  /** Sent as Host when the client sent none (HTTP/1.0). */
  readonly fallbackAuthority: string;
  /** Field ids that are left out (bits, see field-names.ts). */
  readonly dropped: number;
  /** What upstreams are told of the client. */
  readonly forwardedFor: string;
  readonly forwardedProto: string;
  /** Null: the request's own authority. */
  readonly forwardedHost: string | null;
  readonly requestId: RequestId;
  /** Fields to add, after those above: `Via`, `Forwarded`, filters' own. */
  readonly added: readonly AddedField[];
}

export type AddedField = readonly [name: string, value: string];
