/**
 * What runs, as the admin address needs to know it: one process that does everything, or a supervisor with its
 * workers. Whoever runs implements this; what is made of it for the outside is `InstanceSource`'s.
 */
import type { CertificateDesk } from "../acme/kept-certificate.ts";
import type { Finding } from "../config/diagnostics/diagnostic.ts";
import type { LoadedConfiguration } from "../config/load.ts";
import type { UpstreamSource } from "../discovery/discovery.ts";
import type { SharedMemory } from "../io/shared-memory.ts";
import type { TargetKey } from "../runtime/start.ts";
import type { Readiness } from "./source.ts";
import type { WorkerSource } from "./worker-source.ts";

export interface Instance {
  /** Of the program. */
  readonly version: string;
  readonly startedAtMs: number;
  /** In force. */
  readonly loaded: LoadedConfiguration;
  readonly inForceSinceMs: number;
  /** The start counts as the first. */
  readonly lastReload: ReloadOutcome;
  readonly readiness: Readiness;
  /** Those that live now. */
  workers(): readonly WorkerSource[];
  /** Reads, checks, tests and swaps; what is in force stays so when any of it fails. */
  reload(trigger: ReloadTrigger): Promise<ReloadOutcome>;
  /** In every worker, those to come and after every reload, until it is taken back. */
  setDrained(key: TargetKey, drained: boolean): Promise<void>;
  /** Where it counts, for `/metrics` and the rates of `status`; null where there is no such memory. */
  counted(): SharedMemory | null;
  /** Of the upstreams whose targets are found while running. */
  sources(): readonly UpstreamSource[];
  /** Those who see to certificates. */
  desks(): readonly CertificateDesk[];
  stop(): void;
}

export type ReloadTrigger = "start" | "signal" | "admin" | "watch";

export interface ReloadOutcome {
  readonly atMs: number;
  readonly trigger: ReloadTrigger;
  readonly done: boolean;
  readonly tookMs: number;
  /** Without secrets; errors when it was refused, else warnings. */
  readonly diagnostics: readonly Finding[];
}
