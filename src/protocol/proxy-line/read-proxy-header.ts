/**
 * Reads a PROXY protocol header of either version from the first bytes of a connection. Strict: what the
 * specification does not allow is a fault, because who stands in front is trusted with saying who the client is.
 */
import { type ProxyHeader, type ProxyHeaderFault, V1_BYTES, V2 } from "./proxy-header.ts";
import { readV1 } from "./read-v1.ts";
import { readV2 } from "./read-v2.ts";

export type ProxyRead =
  /** Whatever has come so far may still become a header, or a header that goes on. */
  | { readonly kind: "needMore" }
  /** `bytes`: where the header ends and the client's own bytes begin. */
  | { readonly kind: "header"; readonly header: ProxyHeader; readonly bytes: number }
  | { readonly kind: "fault"; readonly fault: ProxyHeaderFault };

export function readProxyHeader(bytes: Buffer): ProxyRead {
  if (startsLike(bytes, V2.signature)) return bytes.length < V2.headerBytes ? NEED_MORE : second(bytes);
  if (startsLike(bytes, V1_PREFIX)) return bytes.length < V1_PREFIX.length ? NEED_MORE : first(bytes);
  return { kind: "fault", fault: "notProxy" };
}

function first(bytes: Buffer): ProxyRead {
  const end = bytes.subarray(0, V1_BYTES).indexOf("\r\n");
  if (end < 0) return bytes.length < V1_BYTES ? NEED_MORE : { kind: "fault", fault: "tooLarge" };
  return outcome(readV1(bytes.toString("latin1", 0, end)), end + 2);
}

function second(bytes: Buffer): ProxyRead {
  const end = V2.headerBytes + bytes.readUInt16BE(14);
  if (end > MAX_BYTES) return { kind: "fault", fault: "tooLarge" };
  return bytes.length < end ? NEED_MORE : outcome(readV2(bytes.subarray(0, end)), end);
}

function outcome(read: ProxyHeader | ProxyHeaderFault, bytes: number): ProxyRead {
  return typeof read === "string" ? { kind: "fault", fault: read } : { kind: "header", header: read, bytes };
}

/** As far as both go. */
function startsLike(bytes: Buffer, prefix: Buffer): boolean {
  const count = Math.min(bytes.length, prefix.length);
  return bytes.compare(prefix, 0, count, 0, count) === 0;
}

const NEED_MORE: ProxyRead = { kind: "needMore" };
const V1_PREFIX = Buffer.from("PROXY ");
/** Addresses, names and a common name take 600; the rest is room for what others add (AWS, Azure, a certificate). */
const MAX_BYTES = 8 * 1024;
