/** The opening handshake of WebSockets (RFC 6455 section 4), as far as somebody in between must know it. */
import type { RequestHead } from "./request-head.ts";

/** Whether a request is one that a server of HTTP/1.1 could answer with a 101 to `websocket`. */
export function asksWebSocket(head: RequestHead): boolean {
  if (!head.upgrade || head.method !== "GET") return false;
  return OFFERED.test(head.upgradeTo) && KEY.test(head.fields.get(WEB_SOCKET_KEY) ?? "");
}

export const WEB_SOCKET_KEY = "sec-websocket-key";
export const WEB_SOCKET_ACCEPT = "sec-websocket-accept";

const OFFERED = /(^|[ \t,])websocket([ \t,]|$)/;
/** Sixteen bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{21}[AQgw]==$/;
