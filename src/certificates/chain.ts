/** The order of a chain: the certificate of the key first, then always the issuer of the one before it. */
import type { X509Certificate } from "node:crypto";

export interface Chain {
  readonly certificates: readonly X509Certificate[];
  /** The file had them in another order, or has some that are not part of it. */
  readonly isDisordered: boolean;
  /** Its last one says where its issuer's certificate is to be had, so it is none that clients know. */
  readonly isIncomplete: boolean;
}

/** @param leaf one of `all` */
export function chainOf(leaf: X509Certificate, all: readonly X509Certificate[]): Chain {
  const chain = [leaf];
  const left = new Set(all);
  left.delete(leaf);
  for (let last: X509Certificate | null = leaf; last !== null; ) {
    const issuer = issuerOf(last, left);
    if (issuer !== null) {
      left.delete(issuer);
      chain.push(issuer);
    }
    last = issuer;
  }
  const isDisordered = left.size > 0 || chain.some((certificate, index) => all[index] !== certificate);
  return { certificates: chain, isDisordered, isIncomplete: lacksMore(chain) };
}

function issuerOf(
  certificate: X509Certificate,
  candidates: ReadonlySet<X509Certificate>,
): X509Certificate | null {
  if (isSelfSigned(certificate)) return null;
  for (const candidate of candidates) if (certificate.checkIssued(candidate)) return candidate;
  return null;
}

/** Only of a leaf that stands alone can it be said: public CAs sign none with their root. */
function lacksMore([leaf, ...rest]: readonly X509Certificate[]): boolean {
  return rest.length === 0 && !isSelfSigned(leaf!) && (leaf!.infoAccess?.includes("CA Issuers") ?? false);
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && certificate.checkIssued(certificate);
}
