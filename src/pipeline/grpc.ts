/**
 * gRPC as far as a proxy must know it: which requests are calls, and how an answer of our own must look so that a
 * client of gRPC understands it (trailers-only: status 200, and the failure in `grpc-status`).
 */
import type { ProxyError } from "../base/proxy-error.ts";
import { isGrpc } from "../protocol/grpc-web/media-type.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import { type OwnAnswer, ownHead } from "./own-answer.ts";

/** Only HTTP/2 can carry the trailers of a call. */
export function isCall(head: RequestHead): boolean {
  return head.majorVersion === 2 && isGrpc(head.fields.get("content-type") ?? "");
}

/** @param status that the answer would have otherwise */
export function callError(error: ProxyError, status: number, requestId: string, wallMs: number): OwnAnswer {
  const message = `${error.code}${error.rule === null ? "" : ` ${error.rule}`}, request ${requestId}`;
  const head = ownHead(200, wallMs, [
    ["Content-Type", MEDIA_TYPE],
    ["grpc-status", String(GRPC_STATUS[status] ?? UNKNOWN)],
    ["grpc-message", message],
  ]);
  return { head, body: NO_BODY };
}

const MEDIA_TYPE = "application/grpc";
const NO_BODY = Buffer.alloc(0);
const UNKNOWN = 2;
/** Of gRPC's own table for answers of HTTP, but finer where we know more. */
const GRPC_STATUS: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  408: 4,
  413: 8,
  429: 14,
  431: 8,
  500: 13,
  501: 12,
  502: 14,
  503: 14,
  504: 4,
};
