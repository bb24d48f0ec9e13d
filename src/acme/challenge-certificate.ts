/**
 * The certificate that is shown to an authority that asks by a handshake (RFC 8737 section 3): for the one name, signed by
 * itself, with the answer in a critical extension. Made here because that of `acme-client` is one for signing others
 * with, which the TLS library takes for no server's.
 */
const OCTET_STRING = 4;
const ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";
const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;
const HOUR_MS = 3_600_000;

/** Certificate and key in PEM, good from an hour ago, for clocks that differ, until tomorrow. */
export async function challengeCertificate(name: string, answer: string, nowMs: number): Promise<string> {
  const x509 = await import("@peculiar/x509");
  const keys = await crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(answer));
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    signingAlgorithm: SIGNING,
    name: [{ CN: [name] }],
    notBefore: new Date(nowMs - HOUR_MS),
    notAfter: new Date(nowMs + 24 * HOUR_MS),
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }]),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.Extension(ACME_IDENTIFIER, true, octetString(new Uint8Array(digest))),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return `${certificate.toString("pem")}\n${x509.PemConverter.encode(key, "PRIVATE KEY")}\n`;
}

function octetString(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(OCTET_STRING, bytes.length, ...bytes);
}
