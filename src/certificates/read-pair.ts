/**
 * One certificate with its key, as text, to what can be served: in order, in the clear, and known to belong together.
 * Whatever is wrong is told in words that never hold a piece of the key.
 */
import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import { err, ok, type Result } from "../base/result.ts";
import type { DiagnosticCode } from "../config/diagnostics/codes.ts";
import type { KeyKind } from "../protocol/tls/certificate-choice.ts";
import { chainOf } from "./chain.ts";
import { readCertificates } from "./pem.ts";

export interface CertificatePair {
  /** DNS names in lower case. */
  readonly names: readonly string[];
  readonly key: KeyKind;
  readonly leaf: X509Certificate;
  /** PEM, in the order in which clients want it. */
  readonly certPem: string;
  /** PEM, in the clear: never to be shown, and not to be kept longer than it takes. */
  readonly keyPem: string;
  readonly warnings: readonly PairFault[];
}

export interface PairFault {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly suggestion: string | null;
  /** Which of the two files it is about. */
  readonly file: "cert" | "key";
}

export function readPair(
  cert: string,
  key: string,
  passphrase: string | null,
): Result<CertificatePair, PairFault> {
  const certificates = readCertificates(cert);
  if (!certificates.ok) return fault("tls.malformed", "cert", certificates.error);
  const privateKey = readKey(key, passphrase);
  if (!privateKey.ok) return privateKey;
  const leaf = certificates.value.find((each) => each.checkPrivateKey(privateKey.value));
  if (leaf === undefined)
    return fault("tls.mismatch", "key", "it is not the key of that certificate", MISMATCH_HINT);
  const kind = kindOf(leaf);
  if (kind === null)
    return fault("tls.weak_key", "cert", weakness(leaf), "make one with an ECDSA key on P-256");
  const chain = chainOf(leaf, certificates.value);
  return ok({
    names: dnsNames(leaf),
    key: kind,
    leaf,
    certPem: chain.certificates.map(String).join(""),
    keyPem: privateKey.value.export({ type: "pkcs8", format: "pem" }).toString(),
    warnings: warningsOf(chain.isDisordered, chain.isIncomplete),
  });
}

export function dnsNames({ subjectAltName }: X509Certificate): string[] {
  const entries = (subjectAltName ?? "").split(", ");
  return entries.filter((entry) => entry.startsWith("DNS:")).map((entry) => entry.slice(4).toLowerCase());
}

function readKey(text: string, passphrase: string | null): Result<KeyObject, PairFault> {
  try {
    return ok(createPrivateKey({ key: text, ...(passphrase === null ? {} : { passphrase }) }));
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === "ERR_MISSING_PASSPHRASE") {
      return fault("tls.passphrase", "key", "it is encrypted, and there is no passphrase", PASSPHRASE_HINT);
    }
    if (passphrase !== null && ENCRYPTED.test(text))
      return fault("tls.passphrase", "key", "the passphrase is wrong");
    const what = text.includes("-----BEGIN CERTIFICATE-----")
      ? "it holds a certificate, and no key"
      : "it holds no private key in PEM";
    return fault("tls.malformed", "key", what);
  }
}

/** Null for keys that clients refuse (CA/Browser Forum baseline requirements, 6.1.5). */
function kindOf({ publicKey }: X509Certificate): KeyKind | null {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === "ec") return "ecdsa";
  return type === "rsa" && (details?.modulusLength ?? 0) >= LEAST_RSA_BITS ? "rsa" : null;
}

function weakness({ publicKey }: X509Certificate): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  return type === "rsa"
    ? `its RSA key has ${details?.modulusLength} bits; clients want ${LEAST_RSA_BITS}`
    : `browsers take no certificate with a key of type ${type}`;
}

function warningsOf(isDisordered: boolean, isIncomplete: boolean): PairFault[] {
  const warnings: PairFault[] = [];
  if (isDisordered) {
    const message = "its certificates are not in order, or some are not part of the chain";
    warnings.push({
      code: "tls.order",
      file: "cert",
      message,
      suggestion: "the server's first, then its issuer, and so on",
    });
  }
  if (isIncomplete) {
    const message = "it lacks the certificate of its issuer, which many clients do not have";
    warnings.push({
      code: "tls.incomplete_chain",
      file: "cert",
      message,
      suggestion: "use the CA's `fullchain` file",
    });
  }
  return warnings;
}

function fault(
  code: DiagnosticCode,
  file: PairFault["file"],
  message: string,
  suggestion: string | null = null,
) {
  return err<PairFault>({ code, file, message, suggestion });
}

const LEAST_RSA_BITS = 2048;
const ENCRYPTED = /ENCRYPTED/;
const MISMATCH_HINT = "a renewal often writes a new key beside the old one: take both from the same place";
const PASSPHRASE_HINT = "set `passphrase`";
