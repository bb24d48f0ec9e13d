/**
 * The way back to a client of gRPC-Web: an answer of gRPC with the client's own media type, its trailers as the last
 * frame of the body. It stands between an exchange and its client for such calls only. What is no answer of gRPC passes
 * as it is.
 */
import type { ProxyError } from "../base/proxy-error.ts";
import { allowedOrigin, type GrpcWebPolicy, sharedFields } from "../pipeline/grpc-web.ts";
import { base64Piece } from "../protocol/grpc-web/base64-body.ts";
import { webTypeOf } from "../protocol/grpc-web/media-type.ts";
import { trailerFrame } from "../protocol/grpc-web/trailer-frame.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { BODY } from "../protocol/http/framing.ts";
import { AddedFields } from "../protocol/http/outbound-request.ts";
import { replaceField } from "../protocol/http/own-fields.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { DownstreamStream, UpgradedClient } from "./downstream-stream.ts";

export class GrpcWebAnswer implements DownstreamStream {
  readonly #downstream: DownstreamStream;
  readonly #isText: boolean;
  readonly #policy: GrpcWebPolicy;
  /** Null: the client's page is not told that it may read. */
  readonly #allowed: string | null;
  /** The answer is one of gRPC. */
  #translates = false;

  constructor(downstream: DownstreamStream, isText: boolean, policy: GrpcWebPolicy, request: RequestHead) {
    this.#downstream = downstream;
    this.#isText = isText;
    this.#policy = policy;
    this.#allowed = allowedOrigin(policy, request);
  }

  get blocked(): boolean {
    return this.#downstream.blocked;
  }

  get takenBytes(): number {
    return this.#downstream.takenBytes;
  }

  sendInterimHead(head: ResponseHead): void {
    this.#downstream.sendInterimHead(head);
  }

  sendHead(head: ResponseHead, closing: boolean, added: AddedFields): void {
    const type = webTypeOf(head.fields.get(CONTENT_TYPE) ?? "", this.#isText);
    this.#translates = type !== null;
    if (type !== null) this.#translateHead(head, type);
    this.#downstream.sendHead(head, closing, this.#shared(head, added));
  }

  sendData(bytes: Buffer, start: number, end: number): void {
    if (!this.#translates || !this.#isText) return this.#downstream.sendData(bytes, start, end);
    const piece = base64Piece(bytes, start, end);
    this.#downstream.sendData(piece, 0, piece.length);
  }

  sendEnd(trailers: FieldBlock | null): void {
    if (!this.#translates || trailers === null) return this.#downstream.sendEnd(trailers);
    const frame = trailerFrame(trailers);
    this.sendData(frame, 0, frame.length);
    this.#downstream.sendEnd(null);
  }

  reset(error: ProxyError): void {
    this.#downstream.reset(error);
  }

  continueRequest(): void {
    this.#downstream.continueRequest();
  }

  setDeadline(atMs: number): void {
    this.#downstream.setDeadline(atMs);
  }

  upgrade(head: ResponseHead): UpgradedClient {
    return this.#downstream.upgrade(head);
  }

  tunnelEnded(): void {
    this.#downstream.tunnelEnded();
  }

  /** One that ends with its head has its status there, where clients look for it too. */
  #translateHead(head: ResponseHead, type: string): void {
    replaceField(head.fields, CONTENT_TYPE, type);
    head.lineStart = -1;
    if (head.framing.kind === BODY.none) return;
    head.fields.endHere("content-length");
    head.framing.kind = BODY.chunked;
  }

  #shared(head: ResponseHead, added: AddedFields): AddedFields {
    if (this.#allowed === null) return added;
    return new AddedFields([...added.fields, ...sharedFields(this.#policy, this.#allowed, head)]);
  }
}

const CONTENT_TYPE = "content-type";
