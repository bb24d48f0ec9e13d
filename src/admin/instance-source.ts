/**
 * Answers the admin address out of an instance: asks its workers, puts together what they say, and lets nothing out
 * that is a secret.
 */

import { err, ok, type Result } from "../base/result.ts";
import { certificateInventory, certificatesNamed, type KnownFiles } from "../certificates/inventory.ts";
import { outlineOf } from "../config/outline.ts";
import { diskFiles } from "../config/source/file-access.ts";
import { Explainer } from "../explain/explainer.ts";
import type { ExplainedRequest } from "../explain/request.ts";
import { realClock } from "../io/real-clock.ts";
import { collect } from "../observe/metrics/collect.ts";
import type { Readings } from "../observe/metrics/readings.ts";
import type { RecentQuestion } from "../observe/recent-requests.ts";
import { type MetricsPage, metricsPage } from "../runtime/start.ts";
import { certificateViews } from "./answers/certificates.ts";
import { configurationStatusOf, configurationViewOf } from "./answers/configuration.ts";
import { connectionsPage } from "./answers/connections.ts";
import { explanationView, liveTargetsOf } from "./answers/explanation.ts";
import { redacted } from "./answers/redacted.ts";
import { reloadViewOf } from "./answers/reload.ts";
import { mergedRequests } from "./answers/requests.ts";
import { snapshotOf } from "./answers/snapshot.ts";
import { targetsNamed } from "./answers/targets.ts";
import { trafficOf } from "./answers/traffic.ts";
import { workersView } from "./answers/workers.ts";
import type { Instance } from "./instance.ts";
import { REVOCATION_REASONS, type RevocationReason } from "./revocation-reasons.ts";
import type { AdminSource, ConnectionsPage, DrainQuestion, Readiness } from "./source.ts";
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
import type { WorkerReport } from "./worker-source.ts";

export class InstanceSource implements AdminSource {
  readonly #instance: Instance;
  readonly #knownFiles: KnownFiles = new Map();

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  version(): string {
    return this.#instance.version;
  }

  readiness(): Readiness {
    return this.#instance.readiness;
  }

  token(): string | null {
    return this.#instance.loaded.configuration.settings.admin.token;
  }

  hosts(): readonly string[] {
    return this.#instance.loaded.configuration.settings.admin.hosts;
  }

  async snapshot(): Promise<SnapshotView> {
    return this.#redacted(snapshotOf(this.#instance, await this.#reports()));
  }

  configuration(withPlaces: boolean): ConfigurationView {
    const { configuration, provenance, secrets } = this.#instance.loaded;
    const view = redacted(configurationViewOf(configuration), secrets);
    if (!withPlaces) return view;
    const outline = outlineOf(provenance, secrets);
    return { ...view, places: { ...outline, files: [...outline.files] } };
  }

  configurationStatus(): ConfigurationStatusView {
    return configurationStatusOf(this.#instance);
  }

  async reload(): Promise<ReloadView> {
    return reloadViewOf(await this.#instance.reload("admin"));
  }

  async setDrained({ target, upstream, drained }: DrainQuestion): Promise<TargetsView> {
    const found = targetsNamed(target, upstream, this.#instance.loaded.configuration);
    for (const each of found) await this.#instance.setDrained(each, drained);
    return { targets: found.map((each) => ({ ...each, drained })) };
  }

  async workers(): Promise<WorkersView> {
    const workers = this.#instance.workers();
    return workersView(workers, await Promise.all(workers.map((worker) => worker.report())));
  }

  async connections(page: ConnectionsPage): Promise<ConnectionsView> {
    return this.#redacted(await connectionsPage(this.#instance.workers(), page));
  }

  async requests(question: RecentQuestion): Promise<RequestsView> {
    const reports = await Promise.all(this.#instance.workers().map((worker) => worker.requests(question)));
    return this.#redacted(mergedRequests(reports, question.limit));
  }

  async explain(request: ExplainedRequest): Promise<ExplanationView> {
    const live = liveTargetsOf(await this.snapshot());
    return explanationView(new Explainer(this.#instance.loaded, live).explain(request));
  }

  async certificates(): Promise<CertificatesView> {
    const { entries, kept } = await this.#inventory();
    return this.#redacted({ certificates: certificateViews(entries, kept, realClock.wallMs()) });
  }

  async renewCertificate(name: string): Promise<CertificatesView> {
    const { entries } = await this.#inventory();
    const meant = certificatesNamed(entries, name).map((each) => each.name);
    const desks = this.#instance.desks();
    const renewed = meant.filter((each) => desks.map((desk) => desk.renew(each)).some(Boolean));
    const { certificates } = await this.certificates();
    return { certificates: certificates.filter((each) => renewed.includes(each.name)) };
  }

  async revokeCertificate(
    name: string,
    reason: RevocationReason,
  ): Promise<Result<CertificatesView, string> | null> {
    const { entries } = await this.#inventory();
    const [meant, ...others] = certificatesNamed(entries, name);
    if (meant === undefined) return null;
    if (others.length > 0)
      return err(`several are called ${name}: ${others.map((each) => each.file).join(", ")}`);
    for (const desk of this.#instance.desks()) {
      const revoked = await desk.revoke(meant.name, REVOCATION_REASONS[reason]);
      if (revoked === null) continue;
      if (!revoked.ok) return err(this.#instance.loaded.secrets.redact(revoked.error));
      const { certificates } = await this.certificates();
      return ok({ certificates: certificates.filter((each) => each.name === meant.name) });
    }
    return null;
  }

  traffic(): TrafficView | null {
    const memory = this.#instance.counted();
    if (memory === null) return null;
    return this.#redacted(trafficOf(collect(memory.rows, memory.workers.list()), realClock.wallMs()));
  }

  metrics(accept: string | null): MetricsPage | null {
    const memory = this.#instance.counted();
    return memory === null
      ? null
      : metricsPage(memory, accept, (readings) => this.#addCertificates(readings));
  }

  stop(): void {
    this.#instance.stop();
  }

  #addCertificates(readings: Readings): void {
    for (const { name, dueMs, failures } of this.#instance.desks().flatMap((desk) => desk.kept())) {
      readings.add("certificateRenewal", [name], Math.max(dueMs, realClock.wallMs()) / 1000);
      readings.add("certificateFailures", [name], failures);
    }
  }

  async #inventory() {
    const kept = this.#instance.desks().flatMap((desk) => desk.kept());
    const names = kept.map(({ name }) => name);
    return {
      entries: await certificateInventory(
        this.#instance.loaded.configuration,
        diskFiles,
        names,
        this.#knownFiles,
      ),
      kept,
    };
  }

  async #reports(): Promise<readonly WorkerReport[]> {
    const reports = await Promise.all(this.#instance.workers().map((worker) => worker.report()));
    return reports.filter((report) => report !== null);
  }

  #redacted<T>(view: T): T {
    return redacted(view, this.#instance.loaded.secrets);
  }
}
