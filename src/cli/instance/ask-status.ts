/** Everything that `portward status` shows, asked at one moment. */
import type {
  CertificatesView,
  CertificateView,
  ConfigurationStatusView,
  SnapshotView,
  StatusView,
  TrafficView,
  WorkersView,
} from "../../admin/views.ts";
import { ok, type Result } from "../../base/result.ts";
import { askInstance, type InstanceAddress } from "./ask-instance.ts";

export interface Status {
  /** `ready`, `draining`. */
  readonly readiness: string;
  readonly snapshot: SnapshotView;
  readonly workers: WorkersView["workers"];
  readonly configuration: ConfigurationStatusView;
  readonly certificates: readonly CertificateView[];
  /** Null: the instance counts nothing. */
  readonly traffic: TrafficView | null;
}

export async function askStatus(instance: InstanceAddress): Promise<Result<Status, string>> {
  const [snapshot, workers, configuration, certificates, traffic, readiness] = await Promise.all([
    askInstance<SnapshotView>(instance, { method: "GET", path: "/api/snapshot" }),
    askInstance<WorkersView>(instance, { method: "GET", path: "/api/workers" }),
    askInstance<ConfigurationStatusView>(instance, { method: "GET", path: "/api/config/status" }),
    askInstance<CertificatesView>(instance, { method: "GET", path: "/api/certificates" }),
    askInstance<TrafficView>(instance, { method: "GET", path: "/api/traffic" }),
    askInstance<StatusView>(instance, { method: "GET", path: "/readyz" }),
  ]);
  if (!snapshot.ok) return snapshot;
  if (!workers.ok) return workers;
  if (!configuration.ok) return configuration;
  if (!readiness.ok) return readiness;
  return ok({
    readiness: readiness.value.body.status,
    snapshot: snapshot.value.body,
    workers: workers.value.body.workers,
    configuration: configuration.value.body,
    // An instance of a version before does not tell; all else is worth showing.
    certificates: certificates.ok ? certificates.value.body.certificates : [],
    traffic: traffic.ok ? traffic.value.body : null,
  });
}
