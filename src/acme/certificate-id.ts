/** What an authority calls a certificate when it is asked about its renewal (RFC 9773 section 4.1). */

/** Null for a text without one, or one that does not say who has signed it. */
export async function certificateId(pem: string): Promise<string | null> {
  const { AuthorityKeyIdentifierExtension, X509Certificate } = await import("@peculiar/x509");
  const leaf = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(pem)?.[0];
  if (leaf === undefined) return null;
  try {
    const certificate = new X509Certificate(leaf);
    const { keyId } = certificate.getExtension(AuthorityKeyIdentifierExtension) ?? {};
    if (keyId === undefined) return null;
    return `${encoded(keyId)}.${encoded(asInteger(certificate.serialNumber))}`;
  } catch {
    return null;
  }
}

function encoded(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64url");
}

/** As DER writes a positive number (X.690 section 8.3): as short as can be, and no first bit set. */
function asInteger(hex: string): string {
  const digits = hex.replace(/^(?:00)+(?=..)/, "");
  return digits.charAt(0) >= "8" ? `00${digits}` : digits;
}
