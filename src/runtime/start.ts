/**
 * From a configuration to a running proxy: compiles everything, binds everything, and only then accepts. When any
 * of it fails, all of it is undone and the failures are told.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { CertificateCensus } from "../certificates/certificate-store.ts";
import type { Configuration, TargetModel } from "../config/model.ts";
import type { ConnectionReport, ConnectionsQuestion } from "../downstream/connection-report.ts";
import type { SharedMemory } from "../io/shared-memory.ts";
import type { RecentQuestion, RecentReport } from "../observe/recent-requests.ts";
import type { Environment } from "./environment.ts";
import type { StartFailure } from "./failures.ts";
import type { CheckNotice } from "./health-checks.ts";
import { Instance } from "./instance.ts";
import type { ListenerCensus, OpenListener } from "./listener-set.ts";
import type { LogEvent } from "./log.ts";
import type { CountingPlace } from "./process-counting.ts";
import type { ReloadReport } from "./reload-report.ts";
import type { TargetCensus, TargetKey } from "./upstream-registry.ts";

export { adminFailure, bindFailure, type StartFailure } from "./failures.ts";
export type { CheckNotice } from "./health-checks.ts";
export type { ListenerCensus, OpenListener } from "./listener-set.ts";
export { type MetricsPage, metricsPage } from "./metrics-page.ts";
export type { CountingPlace } from "./process-counting.ts";
export type { ReloadReport } from "./reload-report.ts";
export type { TargetCensus, TargetKey } from "./upstream-registry.ts";

export interface StartOptions {
  readonly log: LogEvent;
  /** How a listener's sockets come to be. By default they are opened here, on its address. */
  readonly listen?: OpenListener;
  /** Targets that are taken out by hand. */
  readonly drained?: readonly TargetKey[];
  /** How targets are by checks that somebody else has, who tells of changes; if not given, they are made here. */
  readonly checked?: readonly CheckNotice[];
  /** Where to count, when somebody else shows it; otherwise the process counts for itself. */
  readonly counting?: CountingPlace;
  /** Called whenever a client's connection has ended. */
  readonly onConnectionEnd?: () => void;
  /** In place of the machine's own; for tests. */
  readonly environment?: Partial<Environment>;
}

export interface RunningProxy {
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** Open connections of clients. Costs next to nothing, so that it may be asked for each that comes. */
  readonly connectionCount: number;
  /** What is open and under way now. */
  census(): Census;
  /** Clients' connections, in the order in which they came. */
  connections(question: ConnectionsQuestion): readonly ConnectionReport[];
  /** Those that were answered a moment ago. */
  requests(question: RecentQuestion): RecentReport;
  /** Takes a target out by hand, or back. It stays so over reloads, as long as it is configured. */
  setDrained(key: TargetKey, drained: boolean): void;
  /** Tells how targets are by checks; see `StartOptions.checked`. */
  setChecked(notices: readonly CheckNotice[]): void;
  /** For targets that are found while running: all that the upstream has from now on. */
  setTargets(upstream: string, targets: readonly TargetModel[]): void;
  /** Where the instance counts, with all in it that only counts when it is asked. */
  counted(): SharedMemory;
  /** Of whoever reads configurations; `reload` alone does not know of those that cannot be read. */
  countReload(done: boolean): void;
  /** Of whoever obtains certificates. */
  countOrder(obtained: boolean): void;
  /**
   * Serves by another configuration: all of it, or after a failure nothing of it. What is the same in both is not
   * touched; docs/reload.md says what that means. Calls are carried out one after the other.
   * @param open in place of `StartOptions.listen`; asked only for listeners whose address is new
   * @param word for who waits, with everything ready, for others to say whether it is to be
   */
  reload(
    configuration: Configuration,
    open?: OpenListener,
    word?: Promise<boolean>,
  ): Promise<Result<ReloadReport, StartFailure[]>>;
  /** Accepts nothing new and lets what runs finish, at most so long; then cuts the rest. */
  drain(deadlineMs?: number, options?: DrainOptions): Promise<void>;
  /** The files of access logs have been renamed: what follows goes to those that have their names now. */
  reopenLogs(): void;
  stopNow(): void;
  readonly done: Promise<void>;
}

export interface DrainOptions {
  /** Not ready and still serving for so long before it begins; `settings.drain_lead` if not given. */
  readonly leadMs?: number;
  /** Called once nothing new is accepted. */
  readonly onBegun?: () => void;
}

export interface Census {
  readonly listeners: readonly ListenerCensus[];
  readonly targets: readonly TargetCensus[];
  /** As they are served now. */
  readonly certificates: readonly CertificateCensus[];
}

export async function startProxy(
  configuration: Configuration,
  options: StartOptions,
): Promise<Result<RunningProxy, StartFailure[]>> {
  const proxy = new Instance(configuration.settings, options);
  const failures = await proxy.start(configuration);
  if (failures.length === 0) return ok(proxy);
  proxy.stopNow();
  return err(failures);
}
