/**
 * Sees to it that there is a good certificate for every name: asks for those that are missing or due, one after the other,
 * and again later when that fails. One is due when its authority would like it to be, or at two thirds of its lifetime.
 * What serves them notices new files by itself, and what is there is never taken away.
 */
import { X509Certificate } from "node:crypto";
import { type Random, randomShare } from "../base/random.ts";
import { err, ok, type Result } from "../base/result.ts";
import { AdviceTaker, type AdviceTools } from "./advice-taker.ts";
import type { AcmeProblem, CertificateAuthority } from "./authority.ts";
import { type Care, careDueMs, createCare } from "./care.ts";
import type { Demand, DemandKeeper } from "./demand.ts";
import type { CertificateDesk, KeptCertificate } from "./kept-certificate.ts";
import { ownProblem, Patience } from "./patience.ts";
import { retryAfterMs, type Validity } from "./renewal-times.ts";
import type { AcmeStorage } from "./storage.ts";

export interface KeeperTools extends AdviceTools {
  readonly storage: Pick<
    AcmeStorage,
    "certificate" | "heldUntilMs" | "hold" | "lock" | "validity" | "putCertificate"
  >;
  readonly authority: CertificateAuthority;
  /** What becomes of names that somebody asked for; null where there are none. */
  readonly demand: Pick<Demand, "mayRenew" | "obtained" | "dropped" | "failed"> | null;
  readonly random: Random;
  /** One was asked for, with what came of it. */
  readonly count: (obtained: boolean) => void;
  /** Whether the time passed without `stop`. */
  readonly pause: (ms: number, stop: AbortSignal) => Promise<boolean>;
}

export class CertificateKeeper implements CertificateDesk, DemandKeeper {
  readonly #tools: KeeperTools;
  readonly #cares: Care[];
  readonly #stop = new AbortController();
  #wake = new AbortController();
  readonly #patience = new Patience();
  readonly #advice: AdviceTaker;

  constructor(names: readonly string[], tools: KeeperTools) {
    this.#tools = tools;
    this.#advice = new AdviceTaker(tools);
    const { random } = tools;
    this.#cares = names.map((name) => createCare(name, randomShare(random)));
  }

  /** Until `close`. */
  async run(): Promise<void> {
    const { wallMs } = this.#tools;
    do {
      for (const care of this.#due()) {
        // It may be quiet by now, since the one before.
        if (!this.#stop.signal.aborted && this.#nextMs(care) <= wallMs()) await this.#see(care);
      }
      const curious = this.#cares.filter((each) => this.#advice.nextMs(each) <= wallMs());
      for (const care of curious.slice(0, ADVICE_AT_ONCE)) {
        if (!this.#stop.signal.aborted) await this.#takeAdvice(care);
      }
    } while (await this.#rest());
  }

  kept(): KeptCertificate[] {
    return this.#cares.map(({ name, state, dueMs, failures, problem }) => ({
      name,
      state,
      dueMs,
      failures,
      problem,
    }));
  }

  get demandedCount(): number {
    return this.#cares.filter(({ isDemanded }) => isDemanded).length;
  }

  get pendingCount(): number {
    return this.#cares.filter(({ isDemanded, fromMs }) => isDemanded && fromMs === 0).length;
  }

  demand(name: string): boolean {
    if (this.#cares.some((care) => care.name === name)) return false;
    this.#cares.push(createCare(name, randomShare(this.#tools.random), true));
    this.#wake.abort();
    return true;
  }

  renew(name: string): boolean {
    const care = this.#cares.find((each) => each.name === name);
    if (care === undefined) return false;
    // Those who ask while it is asked for get what comes of that.
    if (care.state !== "ordering") {
      care.isWanted = true;
      care.dueMs = 0;
      care.state = "waiting";
      this.#wake.abort();
    }
    return true;
  }

  async revoke(name: string, reason: number): Promise<Result<null, string> | null> {
    if (!this.#cares.some((each) => each.name === name)) return null;
    if (this.#tools.authority.revoke === undefined)
      return err("nobody would hear of it: its authority tells no client what is revoked");
    try {
      return await this.#revoke(name, reason);
    } catch (error) {
      return err((error as Error).message);
    }
  }

  async #revoke(name: string, reason: number): Promise<Result<null, string>> {
    const { authority, storage, log } = this.#tools;
    const text = await storage.certificate(name);
    if (text === null) return err("there is none to revoke yet");
    // Beside somebody who makes an account there would be two.
    await using lock = await storage.lock();
    if (lock === null) return err("another instance asks the authority just now; try again in a minute");
    const revoked = await authority.revoke!(new X509Certificate(text).toString(), reason);
    if (!revoked.ok) return err(revoked.error.message);
    log({ level: "warn", event: "certificate_revoked", name, reason });
    this.renew(name);
    return ok(null);
  }

  /** What is under way comes to its end. */
  close(): void {
    this.#stop.abort();
  }

  /** Whether it goes on. Wishes that came while it was busy are seen to at once. */
  async #rest(): Promise<boolean> {
    const stop = this.#stop.signal;
    if (!this.#wake.signal.aborted) {
      await this.#tools.pause(this.#restMs(), AbortSignal.any([stop, this.#wake.signal]));
    }
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
    return !stop.aborted;
  }

  /** Wall time may jump, and timers of weeks are none, so nobody sleeps for long. */
  #restMs(): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const care of this.#cares) dueMs = Math.min(dueMs, this.#nextMs(care), this.#advice.nextMs(care));
    return Math.min(LONGEST_REST_MS, Math.max(0, dueMs - this.#tools.wallMs()));
  }

  /** One whose certificate is only to be looked at asks nobody. */
  #nextMs({ dueMs, state, isWanted }: Care): number {
    return state === "good" || isWanted ? dueMs : Math.max(dueMs, this.#patience.quietMs);
  }

  /** Names on demand come last and a few at a time: clients choose them, and each may take minutes. */
  #due(): Care[] {
    const due = this.#cares.filter((care) => this.#nextMs(care) <= this.#tools.wallMs());
    const demanded = due.filter(({ isDemanded }) => isDemanded);
    return [...due.filter(({ isDemanded }) => !isDemanded), ...demanded.slice(0, DEMANDED_AT_ONCE)];
  }

  async #takeAdvice(care: Care): Promise<void> {
    await this.#advice.take(care);
    const isGood = await this.#isGood(care).catch(() => true);
    if (!isGood) care.dueMs = 0;
  }

  async #see(care: Care): Promise<void> {
    try {
      if (!care.isWanted && (await this.#isGood(care))) return;
      await using lock = await this.#tools.storage.lock();
      if (lock === null) care.dueMs = this.#tools.wallMs() + OTHERS_MS;
      // Whoever had the lock before may have done it for us.
      else if (care.isWanted || !(await this.#isGood(care))) await this.#obtain(care);
    } catch (error) {
      await this.#failed(care, ownProblem((error as Error).message));
    }
  }

  async #isGood(care: Care): Promise<boolean> {
    const validity = await this.#tools.storage.validity(care.name);
    if (validity === null) return false;
    // What went wrong is worth knowing until another certificate is there, whoever obtained it; so is advice about this one.
    if (validity.fromMs !== care.fromMs) {
      Object.assign(care, { fromMs: validity.fromMs, problem: null, advice: null, adviceMs: 0 });
    }
    const dueMs = careDueMs(validity, care);
    if (dueMs <= this.#tools.wallMs()) return false;
    Object.assign(care, { dueMs, failures: 0, state: "good", isWanted: false });
    return true;
  }

  async #obtain(care: Care): Promise<void> {
    const { authority, storage, log, wallMs } = this.#tools;
    const { name } = care;
    // A wish may find that it is back; what it has said of its limits holds for wishes as well.
    const quietMs = care.isWanted ? 0 : this.#patience.quietMs;
    const heldUntilMs = Math.max(quietMs, await storage.heldUntilMs(name));
    if (heldUntilMs > wallMs()) return this.#hold(care, heldUntilMs);
    if (!(await this.#mayObtain(care))) return;
    care.state = "ordering";
    log({ level: "info", event: "certificate_ordered", name });
    const obtained = await authority.obtain(name);
    if (!obtained.ok) return this.#failed(care, obtained.error);
    this.#patience.succeeded();
    this.#tools.count(true);
    await storage.putCertificate(name, obtained.value);
    if (!(await this.#isGood(care))) return this.#failed(care, ownProblem(PAST));
    care.problem = null;
    if (care.isDemanded) await this.#tools.demand!.obtained(name);
    const { toMs } = (await storage.validity(name)) as Validity;
    log({ level: "info", event: "certificate_obtained", name, not_after: new Date(toMs).toISOString() });
  }

  /** One that is no longer wanted is let go; the certificate is there until it ends. */
  async #mayObtain(care: Care): Promise<boolean> {
    const { demand, log } = this.#tools;
    // Whoever was let in just now need not be asked about again.
    if (!care.isDemanded || care.fromMs === 0 || (await demand!.mayRenew(care.name))) return true;
    this.#letGo(care);
    await demand!.dropped(care.name);
    log({ level: "info", event: "certificate_let_go", name: care.name });
    return false;
  }

  /** A name on demand that is not to be had is no longer waited for: there is room for few, and clients come again. */
  #giveUpFirst(care: Care, waitMs: number): void {
    if (!care.isDemanded || care.fromMs !== 0) return;
    this.#letGo(care);
    this.#tools.demand!.failed(care.name, waitMs);
  }

  #letGo(care: Care): void {
    this.#cares.splice(this.#cares.indexOf(care), 1);
  }

  /** It has said before, perhaps to another process, when it may be asked again. */
  #hold(care: Care, untilMs: number): void {
    const until = new Date(untilMs).toISOString();
    Object.assign(care, { state: "waiting", isWanted: false, dueMs: untilMs });
    care.problem ??= {
      message: `the authority is not to be asked before ${until}`,
      atMs: this.#tools.wallMs(),
    };
    this.#tools.log({ level: "warn", event: "certificate_held", name: care.name, until });
    this.#giveUpFirst(care, untilMs - this.#tools.wallMs());
  }

  async #failed(care: Care, problem: AcmeProblem): Promise<void> {
    const { log, random, wallMs } = this.#tools;
    const { name } = care;
    const isForAll = this.#patience.failed(name, problem);
    this.#tools.count(false);
    care.failures++;
    care.state = "waiting";
    care.isWanted = false;
    care.problem = { message: problem.message, atMs: wallMs() };
    const failures = isForAll ? this.#patience.failures : care.failures;
    const ms = Math.round(retryAfterMs(failures, problem.retryAfterMs, random));
    care.dueMs = wallMs() + ms;
    if (isForAll) this.#patience.quietMs = care.dueMs;
    const { message, retryAfterMs: wantedMs } = problem;
    log({
      level: "error",
      event: "certificate_not_obtained",
      name,
      message,
      failures: care.failures,
      retry_in_ms: ms,
    });
    this.#giveUpFirst(care, ms);
    if (wantedMs > 0) await this.#note(isForAll ? null : name, wantedMs);
  }

  /** So that neither a restart nor another instance asks before. */
  async #note(name: string | null, wantedMs: number): Promise<void> {
    const { log, storage, wallMs } = this.#tools;
    try {
      await storage.hold(name, wallMs() + wantedMs, wallMs());
    } catch (error) {
      log({ level: "error", event: "certificate_storage_fails", message: (error as Error).message });
    }
  }
}

const DEMANDED_AT_ONCE = 3;
/** Others wait for orders meanwhile. */
const ADVICE_AT_ONCE = 10;
const LONGEST_REST_MS = 3_600_000;
/** Another instance asks the authority just now. */
const OTHERS_MS = 5_000;
const PAST = "the certificate that came is due for renewal already; is the clock right?";
