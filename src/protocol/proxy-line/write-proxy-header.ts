/** Writes a PROXY protocol header, to be sent upstream before anything else, TLS included. */
import { parseIpv4, parseIpv6 } from "./addresses.ts";
import type { ProxyAddresses, ProxyHeader, ProxyTls, ProxyTlsSession } from "./proxy-header.ts";
import { V2 } from "./proxy-header.ts";

/** Version 1 has no word for TLS, nor for one who speaks for itself. */
export function writeProxyV1({ addresses }: ProxyHeader): Buffer {
  const pair = addresses === null ? null : addressPair(addresses);
  if (pair === null || addresses === null) return Buffer.from("PROXY UNKNOWN\r\n");
  const family = pair.source.length === 4 ? "TCP4" : "TCP6";
  const { source, destination, sourcePort, destinationPort } = addresses;
  const [from, to] = family === "TCP6" ? [asIpv6(source), asIpv6(destination)] : [source, destination];
  return Buffer.from(`PROXY ${family} ${from} ${to} ${sourcePort} ${destinationPort}\r\n`);
}

export function writeProxyV2({ command, addresses, tls }: ProxyHeader): Buffer {
  const pair = command === "local" || addresses === null ? null : addressPair(addresses);
  const address = pair === null ? NOTHING : Buffer.concat([pair.source, pair.destination, ports(addresses!)]);
  const body = Buffer.concat([address, ...tlvsOf(tls)]);
  const head = Buffer.alloc(4);
  head[0] = 0x20 | (command === "local" ? 0 : 1);
  head[1] = pair === null ? 0 : pair.source.length === 4 ? V2.inet : V2.inet6;
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([V2.signature, head, body]);
}

/** Of one family: where they differ, the IPv4 one is mapped (RFC 4291 section 2.5.5.2). Null for what is no IP. */
function addressPair({
  source,
  destination,
}: ProxyAddresses): { source: Uint8Array; destination: Uint8Array } | null {
  const [from, to] = [parseIpv4(source), parseIpv4(destination)];
  if (from !== null && to !== null) return { source: from, destination: to };
  const [wideFrom, wideTo] = [parseIpv6(asIpv6(source)), parseIpv6(asIpv6(destination))];
  return wideFrom === null || wideTo === null ? null : { source: wideFrom, destination: wideTo };
}

function asIpv6(address: string): string {
  return address.includes(":") ? address : `::ffff:${address}`;
}

function ports({ sourcePort, destinationPort }: ProxyAddresses): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(sourcePort, 0);
  bytes.writeUInt16BE(destinationPort, 2);
  return bytes;
}

function tlvsOf({ alpn, serverName, session }: ProxyTls): Buffer[] {
  return [
    ...(alpn === null ? [] : [tlv(V2.alpn, Buffer.from(alpn, "latin1"))]),
    ...(serverName === null ? [] : [tlv(V2.authority, Buffer.from(serverName))]),
    ...(session === null ? [] : [tlv(V2.ssl, sessionValue(session))]),
  ];
}

/** `verify` is 0 only for a certificate that was shown and is good. */
function sessionValue({ version, clientName, verified }: ProxyTlsSession): Buffer {
  const head = Buffer.alloc(5);
  const shown = verified || clientName !== null;
  head[0] = V2.clientSsl | (shown ? V2.clientCertificate : 0);
  head.writeUInt32BE(verified ? 0 : 1, 1);
  return Buffer.concat([
    head,
    ...(version === null ? [] : [tlv(V2.sslVersion, Buffer.from(version, "latin1"))]),
    ...(clientName === null ? [] : [tlv(V2.sslCommonName, Buffer.from(clientName))]),
  ]);
}

function tlv(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(3);
  head[0] = type;
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
}

const NOTHING = Buffer.alloc(0);
