/**
 * What one side of TLS brings to a handshake: its certificate and key, whom it trusts, versions and ciphers. It is
 * made once and serves many connections; sessions and the keys of their tickets belong to it.
 */
import { createSecureContext } from "node:tls";
import { err, ok, type Result } from "../base/result.ts";

/** Opaque: the runtime's own. */
export type TlsContext = object & { readonly [CONTEXT]: true };

export interface TlsContextOptions {
  /** PEM: the certificate, then those that lead from it to a root. */
  readonly cert?: string | undefined;
  /** PEM, in the clear. */
  readonly key?: string | undefined;
  /** PEM; in place of those that the system trusts. */
  readonly ca?: readonly string[] | undefined;
  /** PEM: what is in them is refused although a CA has signed it. */
  readonly crl?: readonly string[] | undefined;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /** For TLS 1.2, in OpenSSL's names; those of TLS 1.3 are all sound and not to be chosen. */
  readonly ciphers: string;
}

/** @returns what the library said, without a word of the key, as the error */
export function createTlsContext(options: TlsContextOptions): Result<TlsContext, string> {
  const { ca, crl, ...rest } = options;
  try {
    const context = createSecureContext({
      ...rest,
      ...(ca === undefined ? {} : { ca: [...ca] }),
      ...(crl === undefined ? {} : { crl: [...crl] }),
      honorCipherOrder: true,
      sigalgs: SIGNATURES,
    });
    return ok(context.context as TlsContext);
  } catch (error) {
    return err(
      error instanceof Error ? (/:([A-Z][A-Z0-9_]+)$/.exec(error.message)?.[1] ?? "refused") : "refused",
    );
  }
}

/** All that the library knows, but for those with SHA-1, which it would still sign with when a client offers no other (RFC 9155). */
const SIGNATURES = [
  "ed25519",
  "ecdsa_secp256r1_sha256",
  "rsa_pss_rsae_sha256",
  "rsa_pkcs1_sha256",
  "ecdsa_secp384r1_sha384",
  "rsa_pss_rsae_sha384",
  "rsa_pkcs1_sha384",
  "ecdsa_secp521r1_sha512",
  "rsa_pss_rsae_sha512",
  "rsa_pkcs1_sha512",
].join(":");

declare const CONTEXT: unique symbol;
