/** What a target is told of a tunnel's client, before its bytes. */
import type { Connection } from "../io/connection.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import { NO_PROXY_TLS, type ProxyHeader, type ProxyTls } from "../protocol/proxy-line/proxy-header.ts";
import { writeProxyV1, writeProxyV2 } from "../protocol/proxy-line/write-proxy-header.ts";

export function proxyHeader(version: "v1" | "v2", client: Connection, secure: SecureClient | null): Buffer {
  const { remoteAddress, remotePort, localAddress } = client;
  const addresses = {
    source: remoteAddress,
    sourcePort: remotePort,
    destination: localAddress.address,
    destinationPort: localAddress.port,
  };
  const header: ProxyHeader = {
    command: "proxy",
    // The client of a Unix socket has none.
    addresses: remoteAddress === "" ? null : addresses,
    tls: tlsOf(client, secure),
  };
  return version === "v1" ? writeProxyV1(header) : writeProxyV2(header);
}

/** Of TLS that is passed on, only the name has been read. */
function tlsOf({ tls }: Connection, secure: SecureClient | null): ProxyTls {
  if (secure === null) return NO_PROXY_TLS;
  const { serverName, certificate } = secure;
  if (tls === null) return { serverName, alpn: null, session: null };
  const session = {
    version: tls.version,
    clientName: certificate?.commonName ?? null,
    verified: certificate !== null,
  };
  return { serverName, alpn: tls.alpn, session };
}
