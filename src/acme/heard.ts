/** What an authority has said beside what it was asked for: how long to wait, and which word it has for what is wrong. */

export class Heard {
  /** Not to be asked again before; 0 when it did not say. */
  retryAfterMs = 0;
  /** Of the last answer that was a problem, without what all of them begin with: `rateLimited` (RFC 8555 section 6.7). */
  problem: string | null = null;
  /** Set once a name is spoken of: whatever fails before fails for all. */
  isAboutName = false;

  answered(status: number, retryAfter: unknown, body: unknown): void {
    if (status < 400) return;
    this.retryAfterMs = Math.max(this.retryAfterMs, delayMs(retryAfter, Date.now()));
    this.problem = typeOf(body);
  }
}

/** Seconds or a date (RFC 9110 section 10.2.3). 0 for what is neither, or past. */
export function delayMs(field: unknown, nowMs: number): number {
  if (typeof field !== "string") return 0;
  const ms = /^\d+$/.test(field) ? Number(field) * 1_000 : Date.parse(field) - nowMs;
  return ms > 0 ? Math.min(ms, LONGEST_MS) : 0;
}

function typeOf(body: unknown): string | null {
  if (typeof body !== "object" || body === null || !("type" in body)) return null;
  const { type } = body;
  return typeof type === "string" && type.startsWith(NAMESPACE) ? type.slice(NAMESPACE.length) : null;
}

const NAMESPACE = "urn:ietf:params:acme:error:";
const LONGEST_MS = 7 * 86_400_000;
