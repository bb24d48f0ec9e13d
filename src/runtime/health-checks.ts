/**
 * The active checks of a configuration. One process of an instance has them; it tells those that serve what has changed,
 * and whoever begins to serve how everything is.
 */
import type { Timers } from "../base/clock.ts";
import { atOnce } from "../base/steps.ts";
import { CertificateStore, type PreparedCertificates } from "../certificates/certificate-store.ts";
import { compileCheck } from "../compile/compile-check.ts";
import type { Configuration, HealthModel, TargetModel, UpstreamModel } from "../config/model.ts";
import { type CheckedTarget, HealthChecker, type HealthTools } from "../upstream/checks/health-checker.ts";
import type { CheckState } from "../upstream/checks/target-checker.ts";
import { targetName } from "../upstream/target.ts";
import type { LogEvent } from "./log.ts";
import { keySurroundings, upstreamKeys } from "./upstream-keys.ts";
import type { TargetKey } from "./upstream-registry.ts";

/** What a log says of a change. */
export function checkEvent({ upstream, target, up, fault }: CheckNotice): Parameters<LogEvent>[0] {
  const known = { upstream, target };
  if (up) return { level: "info", event: "target_up", ...known };
  return { level: "warn", event: "target_down", ...known, fault };
}

/** How a target is by its checks, by the names that it has now. */
export interface CheckNotice extends TargetKey {
  readonly up: boolean;
  /** Since 1970. */
  readonly sinceMs: number;
  /** What was wrong at the last look, or null. */
  readonly fault: string | null;
}

export class HealthChecks {
  readonly #checker: HealthChecker;
  #configuration: Configuration | null = null;
  /** By the keys under which the checker has them. */
  #names: ReadonlyMap<string, TargetKey> = new Map();

  /** What targets with TLS are looked at with. */
  readonly #certificates: CertificateStore;
  #uses = 0;

  constructor(tools: HealthTools & { readonly slowTimers: Timers }, onChange: (notice: CheckNotice) => void) {
    // Whoever serves reads the same files, and tells what is wrong with them.
    this.#certificates = new CertificateStore(tools.slowTimers, () => {});
    this.#checker = new HealthChecker(tools, (key, state) => {
      const notice = noticeOf(this.#names.get(key)!, state);
      if (notice !== null) onChange(notice);
    });
  }

  /** What is known; targets that nobody has looked at yet are left out. */
  get notices(): CheckNotice[] {
    return [...this.#names].flatMap(([key, name]) => noticeOf(name, this.#checker.stateOf(key)) ?? []);
  }

  use(configuration: Configuration): void {
    this.#configuration = configuration;
    const use = ++this.#uses;
    const upstreams = configuration.upstreams.filter(({ health }) => health !== null);
    if (upstreams.every(({ tls }) => tls === null)) return this.#useNow(configuration, NO_CLIENTS);
    void this.#certificates.prepare({ ...configuration, listeners: [], upstreams }).then((prepared) => {
      if (use !== this.#uses || !prepared.ok) return;
      prepared.value.commit();
      this.#useNow(configuration, prepared.value.clients);
    });
  }

  #useNow(configuration: Configuration, clients: PreparedCertificates["clients"]): void {
    const isAsked = configuration.upstreams.some(({ health }) => health !== null);
    const keys = isAsked ? atOnce(upstreamKeys(configuration.upstreams, keySurroundings(configuration))) : [];
    const names = new Map<string, TargetKey>();
    const checked = configuration.upstreams.flatMap((model, index) =>
      model.health === null ? [] : checkedTargets(model, model.health, keys[index]!.identity, clients, names),
    );
    this.#names = names;
    this.#checker.use(checked);
  }

  /** These are now the targets of an upstream. What is known of those that stay, stays known. */
  setTargets(upstream: string, targets: readonly TargetModel[]): void {
    if (this.#configuration !== null) this.use(withTargets(this.#configuration, upstream, targets));
  }

  close(): void {
    this.#uses++;
    this.#certificates.close();
    this.#checker.close();
  }
}

/** The same configuration with other targets of one upstream. */
export function withTargets(
  configuration: Configuration,
  name: string,
  targets: readonly TargetModel[],
): Configuration {
  const upstreams = configuration.upstreams.map((model) =>
    model.name === name ? { ...model, targets } : model,
  );
  return { ...configuration, upstreams };
}

function checkedTargets(
  { name, targets }: UpstreamModel,
  health: HealthModel,
  identity: string,
  clients: PreparedCertificates["clients"],
  names: Map<string, TargetKey>,
): CheckedTarget[] {
  const { port, everyMs, timeoutMs, rise, fall } = health;
  const [spec, timing] = [compileCheck(health), { everyMs, timeoutMs, rise, fall }];
  return targets.map(({ address }) => {
    const target = targetName(address);
    const key = `${identity}\n${target}`;
    names.set(key, { upstream: name, target });
    const hasTls = address.kind === "tcp" && address.tls === true;
    const tls = hasTls ? (clients.get(name)?.towards(address.host) ?? null) : null;
    return { key, address, tls, port, spec, timing };
  });
}

function noticeOf(key: TargetKey, state: CheckState | null): CheckNotice | null {
  if (state === null || state.up === null) return null;
  return { ...key, up: state.up, sinceMs: state.sinceMs, fault: state.fault };
}

const NO_CLIENTS: PreparedCertificates["clients"] = new Map();
