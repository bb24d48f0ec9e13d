/**
 * A line of nginx's or Apache's access log in the combined or common format, with or without the virtual host in
 * front (Apache's `vhost_combined`):
 *
 *   shop.example:80 192.0.2.7 - joe [10/Oct/2026:13:55:36 +0000] "GET /api?page=2 HTTP/1.1" 200 2326 "-" "curl/8"
 *
 * Apache escapes as C does, nginx writes `\x22`; both are understood.
 */
import { isIP } from "node:net";
import { parseRequestUrl } from "../../config/values/request-url.ts";
import { OTHER, requestItem, type TrafficItem, type TrafficPort, unreadable } from "./traffic-request.ts";

export function readCombinedLine(line: string): TrafficItem {
  const [, front, quotedRequest] = LINE.exec(line) ?? [];
  if (front === undefined) return unreadable("neither JSON nor the combined format");
  const { client, authority, port } = readFront(front);
  const [, method, target] = REQUEST.exec(unescaped(quotedRequest!)) ?? [];
  // `-`, the bytes of a TLS handshake, half a line: answered with 400 or 408, and never routed.
  if (method === undefined) return OTHER;
  const from = isIP(client) === 0 ? null : client;
  const common = { method, listener: null, headers: [], from };
  if (target!.startsWith("/") || target === "*") {
    return requestItem({ ...common, target: target!, authority, port });
  }
  const url = parseRequestUrl(target!);
  if (!url.ok) return OTHER;
  return requestItem({ ...common, target: url.value.target, authority: url.value.authority, port });
}

interface Front {
  readonly client: string;
  readonly authority: string | null;
  readonly port: TrafficPort | null;
}

/** What stands before the time: perhaps the virtual host, the client, two names. */
function readFront(front: string): Front {
  const [first, second] = front.split(" ", 2) as [string, string?];
  const [, host, port] = VIRTUAL_HOST.exec(first) ?? [];
  if (host === undefined || second === undefined || second === "-") {
    return { client: first, authority: null, port: null };
  }
  return { client: second, authority: host, port: { number: Number(port), isImplied: false } };
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(ESCAPE, (whole, hex: string | undefined, letter: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return letter === undefined ? whole : (CONTROLS.get(letter) ?? letter);
  });
}

const LINE = /^([^[\]"]{1,1024}?) \[[^\]"]{1,64}\] "((?:[^"\\]|\\.)*)" (?:\d{3}|-)(?: |$)/;
const REQUEST = /^(\S+) (\S+) HTTP\/\d(?:\.\d)?$/;
/** Unlike an IPv6 address, with one colon. */
const VIRTUAL_HOST = /^([^\s:]+):(\d{1,5})$/;
const ESCAPE = /\\(?:x([0-9A-Fa-f]{2})|(.))/g;
const CONTROLS = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
