/** Whether a connection in cleartext begins with HTTP/2: "prior knowledge" (RFC 9113 section 3.3). */
import { PREFACE } from "./frame.ts";

/** `more`: it may, but so far it could be a request of HTTP/1.1 as well. */
export function beginsWithPreface(bytes: Uint8Array): "yes" | "no" | "more" {
  const length = Math.min(bytes.length, PREFACE.length);
  for (let at = 0; at < length; at++) if (bytes[at] !== PREFACE[at]) return "no";
  return length === PREFACE.length ? "yes" : "more";
}
