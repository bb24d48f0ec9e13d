/**
 * What a PROXY protocol header says (haproxy's doc/proxy-protocol.txt), whichever version it came in or goes out
 * in: who the client is for the one who accepted it, and what was learned of its TLS.
 */

export interface ProxyHeader {
  /** `local`: the sender speaks for itself (a health check); there are no addresses then. */
  readonly command: "proxy" | "local";
  /** Null for `local`, and when the sender does not know (`UNKNOWN`, or a family that is none of ours). */
  readonly addresses: ProxyAddresses | null;
  /** Of version 2. */
  readonly tls: ProxyTls;
}

/** As text: `192.0.2.1`, `2001:db8::1`. */
export interface ProxyAddresses {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

/** What is null was not said. */
export interface ProxyTls {
  /** The name that the client asked for (PP2_TYPE_AUTHORITY). */
  readonly serverName: string | null;
  /** The protocol that was agreed on (PP2_TYPE_ALPN). */
  readonly alpn: string | null;
  /** Whether the client spoke TLS to the sender, and how (PP2_TYPE_SSL). */
  readonly session: ProxyTlsSession | null;
}

export interface ProxyTlsSession {
  /** `TLSv1.3`; null when it was not said. */
  readonly version: string | null;
  /** The common name of the client's certificate, if it has shown one on this connection. */
  readonly clientName: string | null;
  /** Whether a certificate was shown and verified. */
  readonly verified: boolean;
}

export const NO_PROXY_TLS: ProxyTls = { serverName: null, alpn: null, session: null };

/** The sins of a header, by name. */
export type ProxyHeaderFault = "notProxy" | "tooLarge" | "malformed" | "version";

/** In version 2's own numbers. */
export const V2 = {
  signature: Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1"),
  headerBytes: 16,
  inet: 0x11,
  inet6: 0x21,
  alpn: 0x01,
  authority: 0x02,
  crc32c: 0x03,
  ssl: 0x20,
  sslVersion: 0x21,
  sslCommonName: 0x22,
  clientSsl: 0x01,
  clientCertificate: 0x02,
} as const;

/** The longest line of version 1, with its CRLF. */
export const V1_BYTES = 107;
