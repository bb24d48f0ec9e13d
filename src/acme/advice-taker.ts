/** Asks an authority from time to time when it would like certificates to be renewed, and notes it with their cares. */
import { ok } from "../base/result.ts";
import type { Care } from "./care.ts";
import { ASK_MS, type RenewalAdvisor } from "./renewal-info.ts";
import type { RenewalAdvice } from "./renewal-times.ts";
import type { AcmeStorage } from "./storage.ts";

export interface AdviceTools {
  readonly storage: Pick<AcmeStorage, "certificate">;
  /** Null where certificates are renewed by their lifetime alone. */
  readonly advisor: RenewalAdvisor | null;
  readonly log: (event: object) => void;
  readonly wallMs: () => number;
}

export class AdviceTaker {
  readonly #tools: AdviceTools;

  constructor(tools: AdviceTools) {
    this.#tools = tools;
  }

  /** Of those that are good; others are asked for as soon as may be, whatever anybody advises. */
  nextMs({ state, adviceMs }: Care): number {
    return this.#tools.advisor !== null && state === "good" ? adviceMs : Number.POSITIVE_INFINITY;
  }

  /** Never rejects. */
  async take(care: Care): Promise<void> {
    const { advisor, log, storage, wallMs } = this.#tools;
    const { name } = care;
    care.adviceMs = wallMs() + ASK_MS;
    try {
      const certificate = await storage.certificate(name);
      const advised = certificate === null ? ok(null) : await advisor!.advise(certificate);
      if (advised.ok) this.#follow(care, advised.value);
      else log({ level: "warn", event: "certificate_advice_fails", name, message: advised.error });
    } catch (error) {
      log({ level: "warn", event: "certificate_advice_fails", name, message: (error as Error).message });
    }
  }

  #follow(care: Care, advice: RenewalAdvice | null): void {
    const { name, advice: before } = care;
    care.advice = advice;
    if (advice === null) return;
    const { fromMs, toMs, explanation, askAgainMs } = advice;
    care.adviceMs = this.#tools.wallMs() + askAgainMs;
    if (before?.fromMs === fromMs && before.toMs === toMs) return;
    const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString());
    this.#tools.log({ level: "info", event: "certificate_renewal_advised", name, from, to, explanation });
  }
}
