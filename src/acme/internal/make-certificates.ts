/**
 * Certificates of our own making, through `@peculiar/x509`, which is loaded with this file: a root, and those that it
 * issues. All keys are ECDSA P-256.
 */
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

export interface Lifetime {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A certificate and the key that belongs to it, both in PEM. */
export interface MadePair {
  readonly certificate: string;
  readonly key: string;
}

/** @param called as people see it in their lists of authorities; 64 characters at most */
export async function makeRoot(called: string, life: Lifetime): Promise<MadePair> {
  const keys = await newKeys();
  const made = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [called] }],
    ...validityOf(life),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      // It signs those that it issues, and no other authority.
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${made.toString("pem")}\n`, key: await pemOf(keys.privateKey) };
}

/** @param names host names, wildcards and IP addresses */
export async function makeLeaf(root: MadePair, names: readonly string[], life: Lifetime): Promise<MadePair> {
  const [keys, issuer] = [await newKeys(), new X509Certificate(root.certificate)];
  const [first = ""] = names;
  const made = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    // Clients look at the alternative names alone; a common name has room for 64 characters (RFC 5280, appendix A.1).
    subject: [first.length <= 64 ? { CN: [first] } : { CN: ["see the alternative names"] }],
    issuer: issuer.subject,
    ...validityOf(life),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: await keyOf(root.key),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: `${made.toString("pem")}\n`, key: await pemOf(keys.privateKey) };
}

function validityOf({ fromMs, toMs }: Lifetime) {
  return { notBefore: new Date(fromMs), notAfter: new Date(toMs) };
}

async function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** Positive, and 126 bits that nobody can guess. */
function newSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}

async function pemOf(key: CryptoKey): Promise<string> {
  const lines = Buffer.from(await crypto.subtle.exportKey("pkcs8", key))
    .toString("base64")
    .match(/.{1,64}/g)!;
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

async function keyOf(pem: string): Promise<CryptoKey> {
  const text = pem.replaceAll(/-----[A-Z ]+-----|\s/g, "");
  return crypto.subtle.importKey("pkcs8", Buffer.from(text, "base64"), ALGORITHM, false, ["sign"]);
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
cryptoProvider.set(crypto);
