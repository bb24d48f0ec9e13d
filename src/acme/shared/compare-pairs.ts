/** Which of two certificates with their keys is to be kept: of those that are whole, the one that was issued last. */
import { createPrivateKey, X509Certificate } from "node:crypto";

/** Null when it is damaged, or its key is another's. */
export function issuedAtMs(text: string): number | null {
  try {
    const certificate = new X509Certificate(text);
    return certificate.checkPrivateKey(createPrivateKey(text)) ? certificate.validFromDate.getTime() : null;
  } catch {
    return null;
  }
}

/** Whether `text` is whole, and whoever has `than` should have it instead. When it ends does not count: a shorter life
 * may be the authority's new habit, and a new key may be the point of it. */
export function isNewer(text: string | null, than: string | null): boolean {
  const ms = text === null ? null : issuedAtMs(text);
  if (ms === null) return false;
  return ms > ((than === null ? null : issuedAtMs(than)) ?? Number.NEGATIVE_INFINITY);
}
