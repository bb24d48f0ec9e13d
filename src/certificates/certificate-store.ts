/**
 * The certificates that are served. Files are read before a configuration serves, and again whenever they have
 * changed: a handshake that begins afterwards gets the new ones, and no connection notices. When what is there now
 * cannot be served (half a renewal, a wrong key), what was there before still is, and the log says so.
 */
import type { X509Certificate } from "node:crypto";
import type { Timed, Timers } from "../base/clock.ts";
import { err, ok, type Result } from "../base/result.ts";
import type {
  CertificateFiles,
  Configuration,
  TlsModel,
  UpstreamModel,
  UpstreamTlsModel,
} from "../config/model.ts";
import { diskFiles } from "../config/source/file-access.ts";
import type { CertificateSource } from "../downstream/entrance-snapshot.ts";
import type { TlsContext } from "../io/tls-context.ts";
import { ContextCache, digest } from "./context-cache.ts";
import { DemandedCertificates, type SharedOptions } from "./demanded-certificates.ts";
import { signatureOf } from "./file-signature.ts";
import { LiveCertificates, type LoadedTls } from "./live-certificates.ts";
import { LiveClient } from "./live-client.ts";
import { PROFILES } from "./profiles.ts";
import { type LoadedPair, readTls, readUpstreamTls, type TlsFault, type TlsFiles } from "./read-tls.ts";

export interface PreparedCertificates {
  /** By the listener's name. */
  readonly sources: ReadonlyMap<string, CertificateSource>;
  /** By the upstream's name. */
  readonly clients: ReadonlyMap<string, LiveClient>;
  /** From now on these are watched, and none else. */
  commit(): void;
}

/** One certificate as it is served now. */
export interface CertificateCensus {
  readonly listener: string;
  readonly file: string;
  readonly names: readonly string[];
  readonly notAfterMs: number;
  /** From when on somebody should know that it ends. */
  readonly noticeMs: number;
}

export class CertificateStore implements Timed {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #timers: Timers;
  readonly #log: (event: object) => void;
  readonly #contexts = new ContextCache();
  #served: ReadonlyMap<string, LiveCertificates> = new Map();
  /** By the upstream's name. */
  #clients: ReadonlyMap<string, LiveClient> = new Map();
  #looking = false;
  #nextNoticeMs = 0;
  #closed = false;

  /** @param timers for a look every ten seconds; they should not wake an idle process more often */
  constructor(timers: Timers, log: (event: object) => void) {
    this.#timers = timers;
    this.#log = log;
  }

  async prepare({ listeners, upstreams }: Configuration): Promise<Result<PreparedCertificates, TlsFault[]>> {
    const faults: TlsFault[] = [];
    const live = new Map<string, LiveCertificates>();
    for (const { name, tls } of listeners) {
      if (tls === null) continue;
      const signature = await signatureOf(pathsOf(tls));
      const loaded = await this.#load(tls);
      if (loaded.ok) {
        const demanded = this.#demandedOf(name, tls);
        live.set(name, new LiveCertificates(tls, loaded.value, signature, demanded));
      } else faults.push(...loaded.error);
    }
    const clients = new Map<string, LiveClient>();
    for (const upstream of upstreams) {
      if (upstream.tls === null) continue;
      const client = await this.#prepareClient(upstream);
      if (client.ok) clients.set(upstream.name, client.value);
      else faults.push(...client.error);
    }
    if (faults.length > 0) return err(faults);
    return ok({ sources: live, clients, commit: () => this.#serve(live, clients) });
  }

  census(): CertificateCensus[] {
    return [...this.#served].flatMap(([listener, { pairs }]) =>
      pairs.map(({ files, names, leaf }) => ({
        listener,
        file: files.cert,
        names,
        notAfterMs: leaf.validToDate.getTime(),
        noticeMs: noticeMsOf(files, leaf),
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

  #serve(live: ReadonlyMap<string, LiveCertificates>, clients: ReadonlyMap<string, LiveClient>): void {
    this.#served = live;
    for (const each of live.values()) each.begin();
    this.#clients = clients;
    this.#forgetContexts();
    this.#notice();
    this.#lookAgain();
  }

  #lookAgain(): void {
    if (this.#closed || this.#served.size + this.#clients.size === 0) return;
    this.deadlineMs = this.#timers.clock.nowMs() + LOOK_EVERY_MS;
    this.#timers.arm(this);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const [listener, live] of this.#served) await this.#renew(listener, live);
      for (const [upstream, live] of this.#clients) await this.#renewClient(upstream, live);
    } finally {
      this.#looking = false;
    }
    if (this.#timers.clock.wallMs() >= this.#nextNoticeMs) this.#notice();
  }

  async #renew(listener: string, live: LiveCertificates): Promise<void> {
    const signature = await signatureOf(pathsOf(live.model));
    if (signature === live.signature) return;
    const loaded = await this.#load(live.model);
    // A renewal writes several files: what changes while we read is read again at the next look.
    if ((await signatureOf(pathsOf(live.model))) !== signature) return;
    live.signature = signature;
    if (!loaded.ok) {
      this.#tellKept({ listener }, loaded.error);
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

  async #load(model: TlsModel): Promise<Result<LoadedTls, TlsFault[]>> {
    const { files, faults } = await readTls(model, diskFiles);
    if (files === null) return err(faults.filter(({ isError }) => isError));
    const shared = sharedOptions(files, model);
    const contexts: [LoadedPair, TlsContext][] = [];
    for (const pair of files.pairs) {
      const context = this.#contexts.of({ ...shared, cert: pair.certPem, key: pair.keyPem });
      if (!context.ok) return err([refused(pair, context.error)]);
      contexts.push([pair, context.value]);
    }
    return ok({ contexts, shared });
  }

  /** Those before go on where nothing about them has changed. */
  #demandedOf(listener: string, { onDemand }: TlsModel): DemandedCertificates | null {
    if (onDemand === null) return null;
    const before = this.#served.get(listener)?.demanded;
    if (before != null && digest(before.serving) === digest(onDemand)) return before;
    return new DemandedCertificates(onDemand, this.#timers.clock);
  }

  async #loadClient(model: UpstreamTlsModel): Promise<Result<TlsContext, TlsFault[]>> {
    const { files, faults } = await readUpstreamTls(model, diskFiles);
    if (files === null) return err(faults.filter(({ isError }) => isError));
    const { pair, ca } = files;
    const made = this.#contexts.of({
      ...PROFILES.intermediate,
      ...(pair === null ? {} : { cert: pair.certPem, key: pair.keyPem }),
      ...(ca === null ? {} : { ca }),
    });
    if (made.ok) return made;
    const message = `the TLS library does not take what it is to trust or to show (${made.error})`;
    return err([
      { code: "tls.malformed", message, suggestion: null, origin: model.origin, key: null, isError: true },
    ]);
  }

  /** One that is there already goes on, since the targets that stay hold on to it. */
  async #prepareClient({ tls }: UpstreamModel): Promise<Result<LiveClient, TlsFault[]>> {
    const { origin: _origin, certificate, ...rest } = tls!;
    const key = digest([rest, certificate?.cert, certificate?.key, certificate?.passphrase]);
    const known = [...this.#clients.values()].find((client) => client.key === key);
    if (known !== undefined) return ok(known);
    const signature = await signatureOf(clientPathsOf(tls!));
    const context = await this.#loadClient(tls!);
    if (!context.ok) return context;
    return ok(new LiveClient(tls!, key, context.value, signature));
  }

  async #renewClient(upstream: string, live: LiveClient): Promise<void> {
    const signature = await signatureOf(clientPathsOf(live.model));
    if (signature === live.signature) return;
    const context = await this.#loadClient(live.model);
    if ((await signatureOf(clientPathsOf(live.model))) !== signature) return;
    live.signature = signature;
    if (context.ok) {
      live.context = context.value;
      this.#log({ level: "info", event: "certificates_renewed", upstream });
    } else this.#tellKept({ upstream }, context.error);
  }

  #tellKept(where: object, faults: readonly TlsFault[]): void {
    const problems = faults.map(({ code, message }) => ({ code, message }));
    this.#log({ level: "error", event: "certificates_kept", ...where, problems });
  }

  #forgetContexts(): void {
    const served = [...this.#served.values()].flatMap(({ contexts }) => contexts);
    this.#contexts.keep(new Set([...served, ...[...this.#clients.values()].map(({ context }) => context)]));
  }

  /** Once a day, and whenever others are served. */
  #notice(): void {
    const nowMs = this.#timers.clock.wallMs();
    this.#nextNoticeMs = nowMs + DAY_MS;
    for (const { listener, file, names, notAfterMs, noticeMs } of this.census()) {
      if (nowMs <= noticeMs) continue;
      const days = Math.floor((notAfterMs - nowMs) / DAY_MS);
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

/** What is obtained may live for days only; a quarter before its end it should have been renewed long since. */
function noticeMsOf({ obtainedFor }: CertificateFiles, leaf: X509Certificate): number {
  const toMs = leaf.validToDate.getTime();
  const standardMs = NOTICE_DAYS * DAY_MS;
  if (obtainedFor === null) return toMs - standardMs;
  return toMs - Math.min(standardMs, (toMs - leaf.validFromDate.getTime()) / 4);
}

/** What is the same for all certificates of a listener. */
function sharedOptions({ clientCa, clientCrl }: TlsFiles, { profile }: TlsModel): SharedOptions {
  return {
    ...PROFILES[profile],
    ...(clientCa === null ? {} : { ca: clientCa }),
    ...(clientCrl.length === 0 ? {} : { crl: clientCrl }),
  };
}

function pathsOf({ certificates, clientAuth }: TlsModel): string[] {
  const paths = certificates.flatMap(({ cert, key }) => [cert, key]);
  return [...paths, ...(clientAuth?.ca ?? []), ...(clientAuth?.crl ?? [])];
}

function clientPathsOf({ ca, certificate }: UpstreamTlsModel): string[] {
  return [...(ca ?? []), ...(certificate === null ? [] : [certificate.cert, certificate.key])];
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
