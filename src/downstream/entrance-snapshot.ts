/** What an entrance reads: how connections of one listener begin. Replaced by a reload, like every snapshot. */
import type { SourceRates } from "../base/source-rates.ts";
import type { TcpSnapshot } from "../exchange/snapshot.ts";
import type { ChallengeCertificates } from "../io/challenge-certificates.ts";
import type { TlsContext } from "../io/tls-context.ts";
import type { ServerRole } from "../io/tls-layer.ts";
import type { TrustCheck } from "../pipeline/trusted-proxies.ts";
import type { ClientHello } from "../protocol/tls/client-hello.ts";
import type { TlsRoutes } from "../routing/tls-routes.ts";

export interface EntranceSnapshot {
  readonly listener: string;
  /** What follows for connections that are not passed on; `tls`: nothing does. */
  readonly protocol: "http" | "tcp" | "tls";
  /** At once, those that are only beginning included. */
  readonly connections: number;
  /** From the first moment to the end of the handshake. */
  readonly handshakeMs: number;
  readonly proxyProtocol: "off" | "accept" | "require";
  /** Whose PROXY headers are believed. */
  readonly isTrusted: TrustCheck;
  /** Null: whatever is not passed on is in the clear. */
  readonly tls: EntranceTls | null;
  /** Connections that are passed on without being decrypted; null when none are. */
  readonly passed: TlsRoutes<TcpSnapshot> | null;
  /** For an authority that asks by a handshake; null when there is none. */
  readonly challenges: ChallengeCertificates | null;
}

export interface EntranceTls {
  readonly certificates: CertificateSource;
  /** In wire form. */
  readonly alpn: string;
  readonly clientCertificate: ServerRole["clientCertificate"];
  /** How many handshakes one source may begin; null: any number. */
  readonly handshakes: HandshakeLimit | null;
}

export interface HandshakeLimit {
  readonly perSecond: number;
  readonly rates: SourceRates;
}

/** Lives on while files are read again: each handshake asks anew. */
export interface CertificateSource {
  /** Null: this name is to be refused. */
  choose(hello: ClientHello): ServedCertificate | null;
}

export interface ServedCertificate {
  readonly context: TlsContext;
  /** DNS names that it is good for. */
  readonly names: readonly string[];
}
