/**
 * The border between an exchange and the protocol towards the client; the counterpart of UpstreamStream.
 * A session of any version implements it; it decides how heads and bodies look on its wire.
 */
import type { ProxyError } from "../base/proxy-error.ts";
import type { Wire } from "../io/wire.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import type { AddedFields } from "../protocol/http/outbound-request.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";

/** A client's side of a tunnel, as it begins. */
export interface UpgradedClient {
  readonly connection: Wire;
  /** What the client has sent behind its request. */
  readonly leftover: Buffer | null;
  /** Its FIN has been told, and will not be told again. */
  readonly ended: boolean;
}

export interface DownstreamStream {
  /** Whether the client has not taken what was sent. */
  readonly blocked: boolean;
  /** Bytes of this connection that the client's side has taken since it began. */
  readonly takenBytes: number;
  sendInterimHead(head: ResponseHead): void;
  /** `closing`: no request may follow on this connection. `added`: fields of our own, behind the head's. */
  sendHead(head: ResponseHead, closing: boolean, added: AddedFields): void;
  sendData(bytes: Buffer, start: number, end: number): void;
  /** The answer is complete. The exchange is over for the stream unless the request is still arriving. */
  sendEnd(trailers: FieldBlock | null): void;
  /** Breaks the answer in a way that the client can see. */
  reset(error: ProxyError): void;
  /** The exchange takes request data again (see Exchange.wantsBody). */
  continueRequest(): void;
  /** Calls `Exchange.onDeadline` then, instead of whenever it was set to before. */
  setDeadline(atMs: number): void;
  /** Sends the 101 and hands the connection over, with what the client sent behind its request. */
  upgrade(head: ResponseHead): UpgradedClient;
  /** The tunnel that followed `upgrade` is over. */
  tunnelEnded(): void;
}
