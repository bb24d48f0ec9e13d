/**
 * The certificates that are served. Files are read before a configuration serves, and again whenever they have
 * changed: a handshake that begins afterwards gets the new ones, and no connection notices. When what is there now
 * cannot be served (half a renewal, a wrong key), what was there before still is, and the log says so.
 */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Timed, Timers } from "../base/clock.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { Configuration, TlsModel } from "../config/model.ts";
import { diskFiles } from "../config/source/file-access.ts";
import type { CertificateSource } from "../downstream/entrance-snapshot.ts";
import { createTlsContext, type TlsContext } from "../io/tls-context.ts";
import { LiveCertificates } from "./live-certificates.ts";
import { PROFILES } from "./profiles.ts";
import { type LoadedPair, readTls, type TlsFault, type TlsFiles } from "./read-tls.ts";

export interface PreparedCertificates {
  /** By the listener's name. */
  readonly sources: ReadonlyMap<string, CertificateSource>;
  /** From now on these are watched, and none else. */
  commit(): void;
}

/** One certificate as it is served now. */
export interface CertificateCensus {
  readonly listener: string;
  readonly file: string;
  readonly names: readonly string[];
  readonly notAfterMs: number;
}

export class CertificateStore implements Timed {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #timers: Timers;
  readonly #log: (event: object) => void;
  /** By what is in them, so that the keys of session tickets outlive a reload that changes something else. */
  #contexts = new Map<string, TlsContext>();
  #served: ReadonlyMap<string, LiveCertificates> = new Map();
  #looking = false;
  #nextNoticeMs = 0;
  #closed = false;

  /** @param timers for a look every ten seconds; they should not wake an idle process more often */
  constructor(timers: Timers, log: (event: object) => void) {
    this.#timers = timers;
    this.#log = log;
  }

  async prepare({ listeners }: Configuration): Promise<Result<PreparedCertificates, TlsFault[]>> {
    const faults: TlsFault[] = [];
    const live = new Map<string, LiveCertificates>();
    for (const { name, tls } of listeners) {
      if (tls === null) continue;
      const signature = await signatureOf(tls);
      const loaded = await this.#load(tls);
      if (loaded.ok) live.set(name, new LiveCertificates(tls, loaded.value, signature));
      else faults.push(...loaded.error);
    }
    if (faults.length > 0) return err(faults);
    return ok({ sources: live, commit: () => this.#serve(live) });
  }

  census(): CertificateCensus[] {
    return [...this.#served].flatMap(([listener, { pairs }]) =>
      pairs.map(({ files, names, leaf }) => ({
        listener,
        file: files.cert,
        names,
        notAfterMs: leaf.validToDate.getTime(),
      })),
    );
  }

  close(): void {
    this.#closed = true;
    this.#timers.disarm(this);
  }

  expire(): void {
    void this.#look().finally(() => this.#lookAgain());
  }

  #serve(live: ReadonlyMap<string, LiveCertificates>): void {
    this.#served = live;
    this.#forgetContexts();
    this.#notice();
    this.#lookAgain();
  }

  #lookAgain(): void {
    if (this.#closed || this.#served.size === 0) return;
    this.deadlineMs = this.#timers.clock.nowMs() + LOOK_EVERY_MS;
    this.#timers.arm(this);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const [listener, live] of this.#served) await this.#renew(listener, live);
    } finally {
      this.#looking = false;
    }
    if (this.#timers.clock.wallMs() >= this.#nextNoticeMs) this.#notice();
  }

  async #renew(listener: string, live: LiveCertificates): Promise<void> {
    const signature = await signatureOf(live.model);
    if (signature === live.signature) return;
    const loaded = await this.#load(live.model);
    // A renewal writes several files: what changes while we read is read again at the next look.
    if ((await signatureOf(live.model)) !== signature) return;
    live.signature = signature;
    if (!loaded.ok) {
      const problems = loaded.error.map(({ code, message }) => ({ code, message }));
      this.#log({ level: "error", event: "certificates_kept", listener, problems });
      return;
    }
    live.use(loaded.value);
    this.#forgetContexts();
    const certificates = live.pairs.map(({ names, leaf }) => ({
      names,
      not_after: leaf.validToDate.toISOString(),
    }));
    this.#log({ level: "info", event: "certificates_renewed", listener, certificates });
  }

  async #load(model: TlsModel): Promise<Result<[LoadedPair, TlsContext][], TlsFault[]>> {
    const { files, faults } = await readTls(model, diskFiles);
    if (files === null) return err(faults.filter(({ isError }) => isError));
    const contexts: [LoadedPair, TlsContext][] = [];
    for (const pair of files.pairs) {
      const context = this.#contextOf(pair, files, model);
      if (!context.ok) return err([refused(pair, context.error)]);
      contexts.push([pair, context.value]);
    }
    return ok(contexts);
  }

  #contextOf(
    pair: LoadedPair,
    files: TlsFiles,
    { profile, clientAuth }: TlsModel,
  ): Result<TlsContext, string> {
    const key = digest([
      profile,
      clientAuth?.mode,
      pair.certPem,
      pair.keyPem,
      files.clientCa,
      files.clientCrl,
    ]);
    const known = this.#contexts.get(key);
    if (known !== undefined) return ok(known);
    const made = createTlsContext({
      ...PROFILES[profile],
      cert: pair.certPem,
      key: pair.keyPem,
      ...(files.clientCa === null ? {} : { ca: files.clientCa }),
      ...(files.clientCrl.length === 0 ? {} : { crl: files.clientCrl }),
    });
    if (made.ok) this.#contexts.set(key, made.value);
    return made;
  }

  #forgetContexts(): void {
    const used = new Set([...this.#served.values()].flatMap(({ contexts }) => contexts));
    this.#contexts = new Map([...this.#contexts].filter(([, context]) => used.has(context)));
  }

  /** Once a day, and whenever others are served. */
  #notice(): void {
    const nowMs = this.#timers.clock.wallMs();
    this.#nextNoticeMs = nowMs + DAY_MS;
    for (const { listener, file, names, notAfterMs } of this.census()) {
      const days = Math.floor((notAfterMs - nowMs) / DAY_MS);
      if (days >= NOTICE_DAYS) continue;
      const event = notAfterMs < nowMs ? "certificate_expired" : "certificate_expires_soon";
      this.#log({
        level: "warn",
        event,
        listener,
        file,
        names,
        not_after: new Date(notAfterMs).toISOString(),
        days,
      });
    }
  }
}

/** Changes when one of the files does: also when a link in the path points elsewhere, as volumes of secrets do it. */
async function signatureOf({ certificates, clientAuth }: TlsModel): Promise<string> {
  const paths = certificates.flatMap(({ cert, key }) => [cert, key]);
  const all = [...paths, ...(clientAuth?.ca ?? []), ...(clientAuth?.crl ?? [])];
  const parts = await Promise.all(
    all.map(async (path) => {
      const stats = await stat(path).catch(() => null);
      return stats === null ? "missing" : `${stats.ino}:${stats.size}:${stats.mtimeMs}`;
    }),
  );
  return parts.join();
}

function digest(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64");
}

function refused({ files }: LoadedPair, reason: string): TlsFault {
  const message = `${files.cert}: the TLS library does not take it (${reason})`;
  return {
    code: "tls.malformed",
    message,
    suggestion: null,
    origin: files.origin,
    key: "cert",
    isError: true,
  };
}

const LOOK_EVERY_MS = 10_000;
const DAY_MS = 86_400_000;
/** Certificates of 90 days are to be renewed after 60; a week later somebody should know. */
export const NOTICE_DAYS = 21;
