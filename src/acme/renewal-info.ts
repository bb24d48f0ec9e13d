/**
 * When an authority would like a certificate to be renewed (RFC 9773): it spreads its load this way, and says in time that
 * it is about to revoke. Asked without an account, and never of importance: who gets no answer goes by the lifetime.
 */
import { readFile } from "node:fs/promises";
import { err, ok, type Result } from "../base/result.ts";
import type { AcmeModel } from "../config/model.ts";
import { readBounded } from "../discovery/read-bounded.ts";
import { certificateId } from "./certificate-id.ts";
import { delayMs } from "./heard.ts";
import { REQUEST_MS } from "./library.ts";
import type { RenewalAdvice } from "./renewal-times.ts";

export interface RenewalAdvisor {
  /** Null when the authority gives no advice, or none about this one. Never rejects. */
  advise(certificate: string): Promise<Result<RenewalAdvice | null, string>>;
}

export class RenewalInfo implements RenewalAdvisor {
  readonly #model: Pick<AcmeModel, "directory" | "ca">;
  readonly #wallMs: () => number;
  /** As the directory said last; many certificates are asked about one after the other. */
  #known: { readonly url: string | null; readonly untilMs: number } = { url: null, untilMs: 0 };

  constructor(model: Pick<AcmeModel, "directory" | "ca">, wallMs: () => number) {
    this.#model = model;
    this.#wallMs = wallMs;
  }

  async advise(certificate: string): Promise<Result<RenewalAdvice | null, string>> {
    const id = await certificateId(certificate);
    if (id === null) return ok(null);
    try {
      const url = await this.#url();
      if (url === null) return ok(null);
      const { body, retryAfter } = await this.#get(`${url.replace(/\/$/, "")}/${id}`);
      const advice = adviceOf(body, delayMs(retryAfter, this.#wallMs()));
      return advice === null ? err("what it says of the renewal makes no sense") : ok(advice);
    } catch (error) {
      return err((error as Error).message);
    }
  }

  /** What to call a certificate when another one replaces it; null where the authority has no name for it. */
  async identify(certificate: string): Promise<string | null> {
    const url = await this.#url().catch(() => null);
    return url === null ? null : certificateId(certificate);
  }

  async #url(): Promise<string | null> {
    const nowMs = this.#wallMs();
    if (nowMs < this.#known.untilMs && this.#known.untilMs - nowMs <= KNOWN_MS) return this.#known.url;
    const { body } = await this.#get(this.#model.directory);
    const said = (body as { renewalInfo?: unknown } | null)?.renewalInfo;
    const url = typeof said === "string" && URL.parse(said)?.protocol === "https:" ? said : null;
    this.#known = { url, untilMs: nowMs + KNOWN_MS };
    return url;
  }

  async #get(url: string): Promise<{ body: unknown; retryAfter: string | null }> {
    const { ca } = this.#model;
    const tls = ca === null ? {} : { ca: await readFile(ca, "utf8") };
    const answer = await fetch(url, { tls, redirect: "manual", signal: AbortSignal.timeout(REQUEST_MS) });
    if (answer.status !== 200)
      throw new Error(`the authority answers ${new URL(url).pathname} with ${answer.status}`);
    const body: unknown = JSON.parse(await readBounded(answer, LARGEST_BYTES));
    return { body, retryAfter: answer.headers.get("retry-after") };
  }
}

function adviceOf(body: unknown, wantedMs: number): RenewalAdvice | null {
  const { suggestedWindow, explanationURL } = (body ?? {}) as {
    suggestedWindow?: unknown;
    explanationURL?: unknown;
  };
  const { start, end } = (suggestedWindow ?? {}) as { start?: unknown; end?: unknown };
  const [fromMs, toMs] = [dateOf(start), dateOf(end)];
  if (!(fromMs <= toMs)) return null;
  const askAgainMs = wantedMs === 0 ? ASK_MS : Math.min(LATEST_MS, Math.max(SOONEST_MS, wantedMs));
  return { fromMs, toMs, askAgainMs, explanation: explanationOf(explanationURL) };
}

function dateOf(text: unknown): number {
  return typeof text === "string" ? Date.parse(text) : Number.NaN;
}

/** For people to open: nothing but a web address gets into the log. */
function explanationOf(url: unknown): string | null {
  if (typeof url !== "string" || url.length > 500) return null;
  const parsed = URL.parse(url);
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed.href : null;
}

const KNOWN_MS = 3_600_000;
const LARGEST_BYTES = 256 * 1024;
/** RFC 9773 section 4.3: where nothing is said, and within which bounds what is said is followed. */
export const ASK_MS = 6 * 3_600_000;
const SOONEST_MS = 60_000;
const LATEST_MS = 24 * 3_600_000;
