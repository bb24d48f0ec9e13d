/** Version 2: a binary header with addresses, and after them fields of type, length and value (TLV). */
import { formatIpv4, formatIpv6 } from "./addresses.ts";
import { crc32c } from "./crc32c.ts";
import {
  NO_PROXY_TLS,
  type ProxyAddresses,
  type ProxyHeader,
  type ProxyHeaderFault,
  type ProxyTls,
  type ProxyTlsSession,
  V2,
} from "./proxy-header.ts";

/** @param bytes the whole header, no more */
export function readV2(bytes: Buffer): ProxyHeader | ProxyHeaderFault {
  const command = bytes[12]!;
  if (command >> 4 !== 2) return "version";
  if ((command & 15) > 1) return "malformed";
  const family = bytes[13]!;
  const length = addressBytes(family);
  if (V2.headerBytes + length > bytes.length) return "malformed";
  const tls = readTlvs(bytes, V2.headerBytes + length);
  if (tls === null) return "malformed";
  // A LOCAL header may carry anything as its addresses, and none of it counts.
  if ((command & 15) === 0) return { command: "local", addresses: null, tls };
  return { command: "proxy", addresses: readAddresses(bytes, family), tls };
}

/** Families that are none of ours (Unix sockets, UDP) are skipped over by their size. */
function addressBytes(family: number): number {
  return ADDRESS_BYTES[family >> 4] ?? 0;
}

function readAddresses(bytes: Buffer, family: number): ProxyAddresses | null {
  if (family !== V2.inet && family !== V2.inet6) return null;
  const size = family === V2.inet ? 4 : 16;
  const format = family === V2.inet ? formatIpv4 : formatIpv6;
  const at = V2.headerBytes;
  return {
    source: format(bytes.subarray(at, at + size)),
    destination: format(bytes.subarray(at + size, at + 2 * size)),
    sourcePort: bytes.readUInt16BE(at + 2 * size),
    destinationPort: bytes.readUInt16BE(at + 2 * size + 2),
  };
}

/** Null when a field goes beyond the end, or the checksum is wrong. */
function readTlvs(bytes: Buffer, start: number): ProxyTls | null {
  let tls = NO_PROXY_TLS;
  for (let at = start; at < bytes.length; ) {
    const value = tlvAt(bytes, at);
    if (value === null) return null;
    const type = bytes[at]!;
    if (type === V2.alpn) tls = { ...tls, alpn: value.toString("latin1") };
    else if (type === V2.authority) tls = { ...tls, serverName: value.toString("utf8") };
    else if (type === V2.crc32c && !isIntact(bytes, at, value)) return null;
    else if (type === V2.ssl) {
      const session = readSession(value);
      if (session === null) return null;
      tls = { ...tls, session };
    }
    at += TLV_HEADER_BYTES + value.length;
  }
  return tls;
}

function tlvAt(bytes: Buffer, at: number): Buffer | null {
  if (at + TLV_HEADER_BYTES > bytes.length) return null;
  const end = at + TLV_HEADER_BYTES + bytes.readUInt16BE(at + 1);
  return end > bytes.length ? null : bytes.subarray(at + TLV_HEADER_BYTES, end);
}

/** The checksum is over the whole header with zeros in its own place. */
function isIntact(bytes: Buffer, at: number, value: Buffer): boolean {
  if (value.length !== 4) return false;
  const zeroed = Buffer.from(bytes);
  zeroed.fill(0, at + TLV_HEADER_BYTES, at + TLV_HEADER_BYTES + 4);
  return crc32c(zeroed) === value.readUInt32BE(0);
}

/** PP2_TYPE_SSL: what the client did, whether its certificate failed to verify, and fields of its own. */
function readSession(value: Buffer): ProxyTlsSession | null {
  if (value.length < 5) return null;
  const client = value[0]!;
  const shown = (client & V2.clientCertificate) !== 0;
  let session: ProxyTlsSession = {
    version: null,
    clientName: null,
    verified: shown && value.readUInt32BE(1) === 0,
  };
  for (let at = 5; at < value.length; ) {
    const part = tlvAt(value, at);
    if (part === null) return null;
    if (value[at] === V2.sslVersion) session = { ...session, version: part.toString("latin1") };
    else if (value[at] === V2.sslCommonName) session = { ...session, clientName: part.toString("utf8") };
    at += TLV_HEADER_BYTES + part.length;
  }
  return (client & V2.clientSsl) === 0 ? { version: null, clientName: null, verified: false } : session;
}

const TLV_HEADER_BYTES = 3;
/** By family: unspecified, IPv4, IPv6, Unix. */
const ADDRESS_BYTES = [0, 12, 36, 216];
