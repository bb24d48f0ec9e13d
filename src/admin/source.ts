/**
 * What the admin address asks of a running instance. It knows neither processes nor channels: questions and answers
 * are plain data. `InstanceSource` answers them out of an `Instance`.
 */

import type { Result } from "../base/result.ts";
import type { ExplainedRequest } from "../explain/request.ts";
import type { RecentQuestion } from "../observe/recent-requests.ts";
import type { MetricsPage } from "../runtime/start.ts";
import type { RevocationReason } from "./revocation-reasons.ts";
import type {
  CertificatesView,
  ConfigurationStatusView,
  ConfigurationView,
  ConnectionsView,
  ExplanationView,
  ReloadView,
  RequestsView,
  SnapshotView,
  TargetsView,
  TrafficView,
  WorkersView,
} from "./views.ts";

export interface AdminSource {
  /** Of the program. */
  version(): string;
  readiness(): Readiness;
  /** What callers must show; null: nobody is asked for one. */
  token(): string | null;
  /** Host names, beside IP addresses and `localhost`, under which the admin address may be asked for. */
  hosts(): readonly string[];
  snapshot(): Promise<SnapshotView>;
  /** @param withPlaces also where each value is written */
  configuration(withPlaces: boolean): ConfigurationView;
  configurationStatus(): ConfigurationStatusView;
  reload(): Promise<ReloadView>;
  /** @returns those that were moved: none when there is no such target */
  setDrained(question: DrainQuestion): Promise<TargetsView>;
  workers(): Promise<WorkersView>;
  connections(question: ConnectionsPage): Promise<ConnectionsView>;
  requests(question: RecentQuestion): Promise<RequestsView>;
  /** What would happen to this request, here and now. */
  explain(request: ExplainedRequest): Promise<ExplanationView>;
  /** Those of the configuration in force, as their files are now. */
  certificates(): Promise<CertificatesView>;
  /**
   * Has another one asked for, however good it is.
   * @param name what it is called, or a name that it is for
   * @returns those that are meant and seen to here: none when there is no such
   */
  renewCertificate(name: string): Promise<CertificatesView>;
  /**
   * Has the authority tell clients that it is no good any more, and another one asked for.
   * @returns what is wrong, for people, as the error; null when there is no such
   */
  revokeCertificate(name: string, reason: RevocationReason): Promise<Result<CertificatesView, string> | null>;
  /** Null: nothing is counted here. */
  traffic(): TrafficView | null;
  /** For Prometheus; likewise. @param accept the field of who asks */
  metrics(accept: string | null): MetricsPage | null;
  /** Begins to drain, and ends when that is done. */
  stop(): void;
}

export type Readiness = "starting" | "ready" | "draining";

export interface DrainQuestion {
  /** As in the snapshot: `10.0.0.1:3000`. */
  readonly target: string;
  /** Null: of every upstream that has it. */
  readonly upstream: string | null;
  readonly drained: boolean;
}

export interface ConnectionsPage {
  /** `next` of the page before; null for the first. */
  readonly after: string | null;
  readonly limit: number;
  readonly listener: string | null;
}
