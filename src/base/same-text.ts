/** Comparing with a secret. */
import { createHash, timingSafeEqual } from "node:crypto";

/** Takes the same time whatever is given and however much of it is right. */
export function isSameText(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
