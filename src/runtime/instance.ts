/**
 * One running proxy: what serves, and how it comes to serve something else. A start is a reload of nothing. Whatever
 * may fail or take time is done beside what serves; the swap itself is one event and cannot fail half-way.
 */
import { isDeepStrictEqual } from "node:util";
import { err, ok, type Result } from "../base/result.ts";
import { CertificateStore } from "../certificates/certificate-store.ts";
import { RuleMemory } from "../compile/rule-memory.ts";
import type { Configuration, Settings, TargetModel } from "../config/model.ts";
import type { ConnectionReport, ConnectionsQuestion } from "../downstream/connection-report.ts";
import type { Services } from "../exchange/snapshot.ts";
import { flushOutbox, heldBudget } from "../io/connection.ts";
import { descriptorBudget } from "../io/descriptor-budget.ts";
import { onInternalFault } from "../io/internal-fault.ts";
import { refreshClock } from "../io/real-clock.ts";
import type { SharedMemory } from "../io/shared-memory.ts";
import { type RecentQuestion, type RecentReport, RecentRequests } from "../observe/recent-requests.ts";
import { RecentTap } from "../observe/recent-tap.ts";
import { createRequestIds } from "../pipeline/request-id.ts";
import { compileListeners } from "./compile-listeners.ts";
import { descriptorEvents } from "./descriptor-events.ts";
import { type Environment, environmentFor } from "./environment.ts";
import { CALLED_OFF, certificateFailure, logFailure, STOPPING, type StartFailure } from "./failures.ts";
import { type CheckNotice, checkEvent, HealthChecks } from "./health-checks.ts";
import { ListenerSet, type OpenListener, openHere } from "./listener-set.ts";
import { ExchangeLog, type PreparedLog } from "./log.ts";
import { paced } from "./pace.ts";
import { ProcessCounting } from "./process-counting.ts";
import type { ReloadReport } from "./reload-report.ts";
import type { Census, DrainOptions, RunningProxy, StartOptions } from "./start.ts";
import { type PreparedTracer, Tracing } from "./tracing.ts";
import { type PreparedUpstreams, type TargetKey, UpstreamRegistry } from "./upstream-registry.ts";
import { Wait } from "./wait.ts";

export class Instance implements RunningProxy {
  readonly done: Promise<void>;
  readonly #options: StartOptions;
  readonly #environment: Environment;
  readonly #registry: UpstreamRegistry;
  readonly #exchangeLog: ExchangeLog;
  readonly #tracing: Tracing;
  readonly #recent: RecentRequests;
  readonly #counting: ProcessCounting;
  /** Null when somebody else has the checks. */
  readonly #checks: HealthChecks | null;
  /** Told before there was anything to serve. */
  #checkedAhead: readonly CheckNotice[];
  readonly #listeners: ListenerSet;
  readonly #certificates: CertificateStore;
  readonly #rules = new RuleMemory();
  readonly #resolveDone: () => void;
  #settings: Settings;
  #stopping = false;
  #leading: Wait | null = null;
  /** Settles with the last reload that was asked for. */
  #reloads: Promise<unknown> = Promise.resolve();
  /** Asked for, and not over. */
  #reloading = 0;

  constructor(settings: Settings, options: StartOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolveDone = resolve;
    this.#settings = settings;
    this.#options = options;
    this.#environment = environmentFor(settings.dns, options.environment);
    const { timers, resolver, random, observer } = this.#environment;
    this.#registry = new UpstreamRegistry(resolver, timers, random, options.drained);
    this.#checkedAhead = options.checked ?? [];
    this.#checks =
      options.checked === undefined
        ? new HealthChecks(this.#environment, (notice) => this.#onChecked(notice))
        : null;
    this.#exchangeLog = new ExchangeLog(options.log, this.#environment.slowTimers, random, observer);
    this.#tracing = new Tracing(options.log, timers.clock, random);
    this.#recent = new RecentRequests(settings.recentRequests, timers.clock);
    const sources = {
      countLoads: () => {
        this.#registry.countLoads();
        this.#tellCertificates();
      },
      lostLines: () => this.#exchangeLog.lost,
      droppedSpans: () => this.#tracing.dropped,
    };
    this.#counting =
      options.counting === undefined
        ? ProcessCounting.alone(timers.clock, sources, options.log)
        : ProcessCounting.at(options.counting, sources);
    const services: Services = {
      timers,
      random,
      requestIds: createRequestIds(random),
      observer: new RecentTap(this.#exchangeLog, this.#recent),
      connectionEnded: options.onConnectionEnd ?? (() => {}),
    };
    this.#listeners = new ListenerSet(services);
    descriptorBudget.onChange = descriptorEvents(options.log, timers.clock);
    this.#certificates = new CertificateStore(this.#environment.slowTimers, options.log);
    onInternalFault((error) =>
      options.log({ level: "error", event: "internal", message: error.message, stack: error.stack }),
    );
  }

  get listeners(): { name: string; address: string }[] {
    return this.#listeners.addresses;
  }

  get connectionCount(): number {
    return this.#listeners.connectionCount;
  }

  census(): Census {
    const certificates = this.#certificates.census();
    return { listeners: this.#listeners.census(), targets: this.#registry.census(), certificates };
  }

  connections(question: ConnectionsQuestion): readonly ConnectionReport[] {
    return this.#listeners.connections(question);
  }

  requests(question: RecentQuestion): RecentReport {
    return this.#recent.find(question);
  }

  setDrained(key: TargetKey, drained: boolean): void {
    this.#registry.setDrained(key, drained);
  }

  setChecked(notices: readonly CheckNotice[]): void {
    for (const notice of notices) this.#registry.setChecked(notice, notice.up);
  }

  /** In the order of the calls: a reload that is under way was prepared for the targets that there were before. */
  setTargets(upstream: string, targets: readonly TargetModel[]): void {
    if (this.#reloading === 0) this.#useTargets(upstream, targets);
    else void this.#reloads.then(() => this.#useTargets(upstream, targets));
  }

  #useTargets(upstream: string, targets: readonly TargetModel[]): void {
    if (!this.#registry.setTargets(upstream, targets, this.#counting.meters)) return;
    this.#checks?.setTargets(upstream, targets);
    if (this.#checks !== null) this.setChecked(this.#checks.notices);
  }

  counted(): SharedMemory {
    this.#counting.sample();
    return this.#counting.memory;
  }

  countReload(done: boolean): void {
    this.#counting.meters.instance().reloaded(done, this.#environment.timers.clock.wallMs());
  }

  countOrder(obtained: boolean): void {
    this.#counting.meters.instance().ordered(obtained);
  }

  async start(configuration: Configuration): Promise<StartFailure[]> {
    const begun = await this.reload(configuration);
    if (!begun.ok) return begun.error;
    this.#counting.begin();
    return [];
  }

  reload(
    configuration: Configuration,
    open: OpenListener = this.#options.listen ?? openHere,
    word: Promise<boolean> | null = null,
  ): Promise<Result<ReloadReport, StartFailure[]>> {
    this.#reloading++;
    const reload = this.#reloads
      .then(() => this.#reload(configuration, open, word))
      .finally(() => {
        this.#reloading--;
      });
    this.#reloads = reload.catch(() => {});
    return reload;
  }

  async drain(deadlineMs: number = this.#settings.drainMs, options: DrainOptions = {}): Promise<void> {
    await this.#lead(options.leadMs ?? this.#settings.drainLeadMs);
    if (this.#stopping) return this.done;
    this.#stopping = true;
    refreshClock();
    const draining = this.#listeners.drain(deadlineMs);
    options.onBegun?.();
    flushOutbox();
    await draining.done;
    this.stopNow();
    await Promise.all([this.#exchangeLog.close(), this.#tracing.close()]);
  }

  /** Whoever asks hears that we leave, and has time to send nobody else. */
  async #lead(leadMs: number): Promise<void> {
    if (leadMs <= 0) return;
    this.#options.log({ level: "info", event: "not_ready", lead_ms: leadMs });
    refreshClock();
    this.#leading = new Wait(leadMs, this.#environment.timers);
    await this.#leading.over;
  }

  reopenLogs(): void {
    this.#exchangeLog.reopen();
  }

  stopNow(): void {
    this.#stopping = true;
    this.#leading?.end();
    this.#listeners.stopNow();
    flushOutbox();
    this.#counting.end();
    this.#checks?.close();
    this.#registry.close();
    this.#certificates.close();
    this.#environment.resolver.close();
    void this.#exchangeLog.close();
    void this.#tracing.close();
    this.#resolveDone();
  }

  async #reload(
    configuration: Configuration,
    open: OpenListener,
    word: Promise<boolean> | null,
  ): Promise<Result<ReloadReport, StartFailure[]>> {
    const begunMs = refreshClock();
    const tracing = await this.#tracing.prepare(configuration.settings);
    const certificates = await this.#certificates.prepare(configuration);
    if (!certificates.ok) {
      tracing.discard();
      return err(certificates.error.map(certificateFailure));
    }
    const { sources, clients } = certificates.value;
    const { meters } = this.#counting;
    meters.begin();
    const upstreams = await paced(this.#registry.prepare(configuration, clients, meters));
    const compiled = await paced(
      compileListeners(configuration, upstreams.byName, meters, sources, tracing.tracer, this.#rules),
    );
    const log = compiled.ok ? await this.#prepareRest(configuration.settings, upstreams) : compiled;
    if (this.#stopping || !compiled.ok || !log.ok) {
      return this.#giveUp(upstreams, tracing, log);
    }
    if (word !== null && !(await word)) return this.#giveUp(upstreams, tracing, log, [CALLED_OFF]);
    if (this.#stopping) return this.#giveUp(upstreams, tracing, log);
    refreshClock();
    const listeners = this.#listeners.apply(compiled.value, open, this.#settings.drainMs);
    if (!listeners.ok) return this.#giveUp(upstreams, tracing, log, listeners.error);
    certificates.value.commit();
    log.value.commit();
    tracing.commit();
    this.#rules.commit();
    const changes = upstreams.commit();
    this.#checks?.use(configuration);
    this.setChecked(this.#checks?.notices ?? this.#checkedAhead);
    this.#checkedAhead = [];
    this.#settleMeters();
    this.#useSettings(configuration.settings);
    flushOutbox();
    return ok({ listeners: listeners.value, upstreams: changes, tookMs: refreshClock() - begunMs });
  }

  #onChecked(notice: CheckNotice): void {
    this.setChecked([notice]);
    this.#options.log(checkEvent(notice));
  }

  /** What takes time: names are asked for, so that the first request finds addresses, and the log is opened. */
  async #prepareRest(
    settings: Settings,
    upstreams: PreparedUpstreams,
  ): Promise<Result<PreparedLog, StartFailure[]>> {
    await Promise.race([upstreams.resolved(), Bun.sleep(FIRST_LOOKUP_MS)]);
    const log = await this.#exchangeLog.prepare(settings);
    if (log.ok) return log;
    return err([logFailure(log.error.name, log.error.cause)]);
  }

  /** What a reload removes is shown no more; what it keeps goes on from where it was. */
  #settleMeters(): void {
    this.#tellCertificates();
    this.#counting.settle();
  }

  #tellCertificates(): void {
    for (const { listener, file, notAfterMs } of this.#certificates.census()) {
      this.#counting.meters.certificate(listener, file).set(notAfterMs);
    }
  }

  #useSettings(settings: Settings): void {
    const { resolver } = this.#environment;
    if (!isDeepStrictEqual(settings.dns, this.#settings.dns)) resolver.reconfigure(settings.dns);
    this.#recent.resize(settings.recentRequests);
    heldBudget.limitBytes = settings.limits.heldBytes;
    this.#settings = settings;
  }

  #giveUp(
    upstreams: PreparedUpstreams,
    tracing: PreparedTracer,
    log: Result<PreparedLog, StartFailure[]>,
    failures: StartFailure[] = log.ok ? [STOPPING] : log.error,
  ): Result<never, StartFailure[]> {
    upstreams.discard();
    tracing.discard();
    if (log.ok) log.value.discard();
    return err(failures);
  }
}

/** A name server that does not answer delays a start or a reload by this much, no more. */
const FIRST_LOOKUP_MS = 3_000;
