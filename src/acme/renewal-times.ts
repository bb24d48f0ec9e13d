/** When a certificate is asked for: in good time before the old one ends, and less and less often while it fails. */
import type { Random } from "../base/random.ts";
import { randomShare } from "../base/random.ts";

export interface Validity {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When an authority would like a certificate to be renewed (RFC 9773). */
export interface RenewalAdvice {
  readonly fromMs: number;
  readonly toMs: number;
  /** How long the advice is good. */
  readonly askAgainMs: number;
  /** A page that says why, or null. */
  readonly explanation: string | null;
}

/**
 * At two thirds of the lifetime, or a little before.
 * @param share from 0 to 1: how much before; everybody has another, so that not all come at once
 */
export function renewalMs({ fromMs, toMs }: Validity, share: number): number {
  const lifetimeMs = toMs - fromMs;
  return fromMs + lifetimeMs * (2 / 3 - share * SPREAD);
}

/**
 * Somewhere in the window that the authority suggests, everybody elsewhere. A window that is past means now, but a
 * mistake on its side is not to have everybody come again and again, nor certificates end.
 */
export function advisedMs({ fromMs, toMs }: Validity, advice: RenewalAdvice, share: number): number {
  const lifetimeMs = toMs - fromMs;
  const chosenMs = advice.fromMs + (advice.toMs - advice.fromMs) * share;
  const soonestMs = fromMs + Math.min(DAY_MS, lifetimeMs * SOONEST_SHARE);
  return Math.max(soonestMs, Math.min(chosenMs, fromMs + lifetimeMs * LATEST_SHARE));
}

/**
 * @param failures in a row, this one included
 * @param wantedMs what the authority said; 0 when it said nothing
 */
export function retryAfterMs(failures: number, wantedMs: number, random: Random): number {
  const doubledMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.max(doubledMs, wantedMs) * (1 + randomShare(random) / 4);
}

/** 3 days of 90. */
const SPREAD = 1 / 30;
const SOONEST_SHARE = 0.1;
const LATEST_SHARE = 0.9;
const DAY_MS = 86_400_000;
const FIRST_MS = 60_000;
/** Authorities allow some failures an hour for one name; a day has room for a few of these. */
const LONGEST_MS = 6 * 3_600_000;
