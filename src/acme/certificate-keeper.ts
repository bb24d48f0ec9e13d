/**
 * Sees to it that there is a good certificate for every name: asks for those that are missing or past two thirds of their
 * lifetime, one after the other, and again later when that fails. What serves them notices new files by itself, and what
 * is there is never taken away.
 */
import { type Random, randomShare } from "../base/random.ts";
import type { CertificateAuthority } from "./authority.ts";
import { renewalMs, retryAfterMs, type Validity } from "./renewal-times.ts";
import type { AcmeStorage } from "./storage.ts";

export interface KeeperTools {
  readonly storage: Pick<AcmeStorage, "lock" | "validity" | "putCertificate">;
  readonly authority: CertificateAuthority;
  readonly log: (event: object) => void;
  readonly wallMs: () => number;
  readonly random: Random;
  /** Whether the time passed without `stop`. */
  readonly pause: (ms: number, stop: AbortSignal) => Promise<boolean>;
}

interface Care {
  readonly name: string;
  readonly share: number;
  dueMs: number;
  failures: number;
}

export class CertificateKeeper {
  readonly #tools: KeeperTools;
  readonly #cares: readonly Care[];
  readonly #stop = new AbortController();

  constructor(names: readonly string[], tools: KeeperTools) {
    this.#tools = tools;
    const { random } = tools;
    this.#cares = names.map((name) => ({ name, share: randomShare(random), dueMs: 0, failures: 0 }));
  }

  /** Until `close`. */
  async run(): Promise<void> {
    const { pause, wallMs } = this.#tools;
    do {
      for (const care of this.#cares) {
        if (!this.#stop.signal.aborted && care.dueMs <= wallMs()) await this.#see(care);
      }
    } while (await pause(this.#restMs(), this.#stop.signal));
  }

  /** What is under way comes to its end. */
  close(): void {
    this.#stop.abort();
  }

  /** Wall time may jump, and timers of weeks are none, so nobody sleeps for long. */
  #restMs(): number {
    const dueMs = Math.min(...this.#cares.map((care) => care.dueMs));
    return Math.min(LONGEST_REST_MS, Math.max(0, dueMs - this.#tools.wallMs()));
  }

  async #see(care: Care): Promise<void> {
    try {
      if (await this.#isGood(care)) return;
      await using lock = await this.#tools.storage.lock();
      if (lock === null) care.dueMs = this.#tools.wallMs() + OTHERS_MS;
      // Whoever had the lock before may have done it for us.
      else if (!(await this.#isGood(care))) await this.#obtain(care);
    } catch (error) {
      this.#failed(care, { message: (error as Error).message, retryAfterMs: 0 });
    }
  }

  async #isGood(care: Care): Promise<boolean> {
    const validity = await this.#tools.storage.validity(care.name);
    if (validity === null) return false;
    const dueMs = renewalMs(validity, care.share);
    if (dueMs <= this.#tools.wallMs()) return false;
    care.dueMs = dueMs;
    care.failures = 0;
    return true;
  }

  async #obtain(care: Care): Promise<void> {
    const { authority, storage, log } = this.#tools;
    const { name } = care;
    log({ level: "info", event: "certificate_ordered", name });
    const obtained = await authority.obtain(name);
    if (!obtained.ok) return this.#failed(care, obtained.error);
    await storage.putCertificate(name, obtained.value);
    if (!(await this.#isGood(care))) return this.#failed(care, { message: PAST, retryAfterMs: 0 });
    const { toMs } = (await storage.validity(name)) as Validity;
    log({ level: "info", event: "certificate_obtained", name, not_after: new Date(toMs).toISOString() });
  }

  #failed(care: Care, problem: { readonly message: string; readonly retryAfterMs: number }): void {
    const { log, random, wallMs } = this.#tools;
    care.failures++;
    const ms = Math.round(retryAfterMs(care.failures, problem.retryAfterMs, random));
    care.dueMs = wallMs() + ms;
    const { name, failures } = care;
    const { message } = problem;
    log({ level: "error", event: "certificate_not_obtained", name, message, failures, retry_in_ms: ms });
  }
}

const LONGEST_REST_MS = 3_600_000;
/** Another instance asks the authority just now. */
const OTHERS_MS = 5_000;
const PAST = "the certificate that came is due for renewal already; is the clock right?";
