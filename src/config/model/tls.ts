/** TLS in front and towards targets. See ../model.ts. */
import type { Origin } from "./place.ts";

/** Files, PEM. */
export interface AdminTls {
  readonly cert: string;
  readonly key: string;
  /** Who must have signed what callers show; null: they show nothing. */
  readonly clientCa: readonly string[] | null;
}

export interface TlsModel {
  /** Those from files first; the first that is there is the default. */
  readonly certificates: readonly CertificateFiles[];
  /** For the hosts of its routes, the authority of this machine issues certificates; they come last. */
  readonly internal: boolean;
  /** Further ones are obtained once somebody asks for them; null: none. */
  readonly onDemand: OnDemandServing | null;
  readonly unknownName: "default" | "refuse";
  readonly profile: "intermediate" | "modern";
  readonly clientAuth: ClientAuthModel | null;
  /** A second, of one address. `Infinity`: no limit. */
  readonly handshakesPerSource: number;
  /** The value of Strict-Transport-Security, or null. */
  readonly hsts: string | null;
  readonly origin: Origin;
}

/** What a listener needs of `OnDemandModel`. */
export interface OnDemandServing {
  /** See values/acme-places.ts. */
  readonly home: string;
  readonly hosts: readonly string[];
}

/** Who sees to it that it is there. */
export type CertificateSourceKind = "files" | "acme" | "internal";

/** Paths are absolute, or relative to the working directory. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  readonly passphrase: string | null;
  readonly source: CertificateSourceKind;
  /** It is obtained under that name, and may not be there yet; null: somebody else puts it there. */
  readonly obtainedFor: string | null;
  /** Hosts that it is to be good for, where it is obtained. */
  readonly names: readonly string[];
  readonly origin: Origin;
}

export interface ClientAuthModel {
  readonly mode: "request" | "require";
  readonly ca: readonly string[];
  readonly crl: readonly string[];
}

/** TLS to the targets of an upstream that ask for it by their scheme. */
export interface UpstreamTlsModel {
  /** Null: the CAs that browsers trust. */
  readonly ca: readonly string[] | null;
  /** Whom certificates must name; null: each its target's host. */
  readonly serverName: string | null;
  /** Shown to targets that ask. */
  readonly certificate: CertificateFiles | null;
  /** SHA-256 of public keys, base64; empty: any key. */
  readonly pins: readonly string[];
  readonly verify: boolean;
  readonly origin: Origin;
}
