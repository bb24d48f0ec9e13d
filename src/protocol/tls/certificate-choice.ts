/**
 * Which certificate answers a ClientHello: that of the exact name, then that of the wildcard one label above
 * (RFC 9525 section 6.3), then the default; among several for one name the ECDSA one for clients that take it,
 * because it costs a tenth of an RSA signature. Pure: certificates are whatever the caller keeps.
 */
import type { ClientHello } from "./client-hello.ts";

export type KeyKind = "ecdsa" | "rsa" | "other";

export interface NamedCertificate<T> {
  /** DNS names in lower case; `*.shop.example` covers one label. */
  readonly names: readonly string[];
  readonly key: KeyKind;
  readonly value: T;
}

export class CertificateChoice<T> {
  readonly #byName = new Map<string, NamedCertificate<T>[]>();
  readonly #fallback: readonly NamedCertificate<T>[];

  /**
   * @param certificates the earlier one is preferred where two are alike
   * @param fallback for names that no certificate has, and for clients that name none; empty: such are refused
   */
  constructor(certificates: readonly NamedCertificate<T>[], fallback: readonly NamedCertificate<T>[]) {
    this.#fallback = fallback;
    for (const certificate of certificates) {
      for (const name of new Set(certificate.names)) this.#add(name, certificate);
    }
  }

  /** Null: nothing may be shown for this name. */
  choose({ serverName, ecdsa }: Pick<ClientHello, "serverName" | "ecdsa">): T | null {
    const named = serverName === null ? null : this.#named(serverName);
    return best(named ?? this.#fallback, ecdsa);
  }

  /** Whether a certificate has the name, itself or by a wildcard. */
  covers(serverName: string): boolean {
    return this.#named(serverName) !== null;
  }

  #named(serverName: string): readonly NamedCertificate<T>[] | null {
    const exact = this.#byName.get(serverName);
    if (exact !== undefined) return exact;
    const dot = serverName.indexOf(".");
    return dot <= 0 ? null : (this.#byName.get(`*${serverName.slice(dot)}`) ?? null);
  }

  #add(name: string, certificate: NamedCertificate<T>): void {
    const list = this.#byName.get(name);
    if (list === undefined) this.#byName.set(name, [certificate]);
    else list.push(certificate);
  }
}

function best<T>(certificates: readonly NamedCertificate<T>[], ecdsa: boolean): T | null {
  const preferred = certificates.find(({ key }) => (key === "ecdsa") === ecdsa);
  return (preferred ?? certificates[0])?.value ?? null;
}

/** Whether a certificate with these names is good for a host: by itself, or by a wildcard one label above. */
export function coversHost(names: readonly string[], host: string): boolean {
  if (names.includes(host)) return true;
  const dot = host.indexOf(".");
  return dot > 0 && names.includes(`*${host.slice(dot)}`);
}
