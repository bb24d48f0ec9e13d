/**
 * A request on its way upstream: the head as received and what we change of it. Each protocol version
 * writes it in its own form; nothing here is bound to one.
 */
import type { FieldBlock } from "./field-block.ts";
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
  /** What upstreams are told of the client, one object for all requests of which the same is told. */
  readonly forwarded: ForwardedClient;
  /** Null: the request's own authority. */
  readonly forwardedHost: string | null;
  readonly requestId: RequestId;
  /** Fields to add, after those above: `Via`, `Forwarded`, filters' own. */
  readonly added: AddedFields;
}

/** X-Forwarded-For and X-Forwarded-Proto. */
export class ForwardedClient {
  readonly address: string;
  readonly proto: string;
  /** The writer's own form of it, once it is worth keeping. */
  encoded: Buffer | null = null;
  /** As fields, once HTTP/2 has needed them. */
  block: FieldBlock | null = null;
  /** A request of this client has been written. */
  seen = false;

  constructor(address: string, proto: string) {
    this.address = address;
    this.proto = proto;
  }
}

export type AddedField = readonly [name: string, value: string];

/** Fields that we add. The common sets are made once and shared. */
export class AddedFields {
  readonly fields: readonly AddedField[];
  /** The writer's own form of them, made at first use: lines for HTTP/1.1, fields for HTTP/2. */
  encoded: Buffer | null = null;
  block: FieldBlock | null = null;

  constructor(fields: readonly AddedField[]) {
    this.fields = fields;
  }
}

export const NO_ADDED_FIELDS: AddedFields = new AddedFields([]);
