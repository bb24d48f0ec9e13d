/** For clients that speak HTTP in the clear to a port with TLS, which is mostly a mistyped URL: an answer in their words. */
import { proxyError, statusFor } from "../base/proxy-error.ts";

export function looksLikeHttp(bytes: Buffer): boolean {
  return METHOD.test(bytes.toString("latin1", 0, 8));
}

const METHOD = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT) ?/;
const { code } = proxyError("tls.not_tls");
const BODY = JSON.stringify({ detail: "this port speaks TLS: use https://", code });

export const PLAIN_HTTP_ANSWER: Buffer = Buffer.from(
  `HTTP/1.1 ${statusFor(code)} Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`,
);
