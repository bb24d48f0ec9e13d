/** An instance that runs nothing: what it is told is kept, what it says is the test's. */
import type { CertificateDesk, KeptCertificate } from "../../acme/kept-certificate.ts";
import { err, ok, type Result } from "../../base/result.ts";
import { type LoadedConfiguration, parseConfiguration } from "../../config/load.ts";
import type { UpstreamSource } from "../../discovery/discovery.ts";
import type { ConnectionReport } from "../../downstream/connection-report.ts";
import { localSharedMemory, type SharedMemory } from "../../io/shared-memory.ts";
import type { RecentRequest } from "../../observe/recent-requests.ts";
import type { TargetKey } from "../../runtime/start.ts";
import type { Instance, ReloadOutcome, ReloadTrigger } from "../instance.ts";
import type { Readiness } from "../source.ts";
import type { WorkerReport, WorkerSource } from "../worker-source.ts";

export class FakeInstance implements Instance {
  readonly version = "1.2.3";
  readonly startedAtMs = Date.UTC(2026, 10, 30, 12);
  readonly inForceSinceMs = Date.UTC(2026, 10, 30, 13);
  readonly loaded: LoadedConfiguration;
  readiness: Readiness = "ready";
  lastReload: ReloadOutcome = {
    atMs: Date.UTC(2026, 10, 30, 13),
    trigger: "start",
    done: true,
    tookMs: 12.345,
    diagnostics: [],
  };
  /** What the next reload comes to. */
  outcome: Partial<ReloadOutcome> = {};
  memory: SharedMemory | null = localSharedMemory(0);
  sourceList: UpstreamSource[] = [];
  deskList: CertificateDesk[] = [];
  readonly drains: string[] = [];
  isStopped = false;
  workerList: FakeWorker[] = [new FakeWorker(0)];

  /** @param given YAML that stands alone, or what was loaded */
  constructor(given: string | LoadedConfiguration) {
    const loaded = typeof given === "string" ? parseConfiguration("test.yaml", given) : ok(given);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error, null, 2));
    this.loaded = loaded.value;
  }

  workers(): readonly WorkerSource[] {
    return this.workerList;
  }

  async reload(trigger: ReloadTrigger): Promise<ReloadOutcome> {
    this.lastReload = { ...this.lastReload, trigger, ...this.outcome };
    return this.lastReload;
  }

  async setDrained({ upstream, target }: TargetKey, drained: boolean): Promise<void> {
    this.drains.push(`${drained ? "drain" : "enable"} ${upstream} ${target}`);
  }

  counted(): SharedMemory | null {
    return this.memory;
  }

  sources(): readonly UpstreamSource[] {
    return this.sourceList;
  }

  desks(): readonly CertificateDesk[] {
    return this.deskList;
  }

  stop(): void {
    this.isStopped = true;
    this.readiness = "draining";
  }
}

export class FakeDesk implements CertificateDesk {
  readonly name: string;
  readonly wishes: string[] = [];
  /** Why nothing is revoked. */
  refusal: string | null = null;
  state: Partial<KeptCertificate> = {};

  constructor(name: string) {
    this.name = name;
  }

  kept(): KeptCertificate[] {
    const problem = { message: "rate limited", atMs: Date.UTC(2026, 10, 30, 12) };
    const { name } = this;
    return [{ name, state: "waiting", dueMs: Date.UTC(2100, 0), failures: 2, problem, ...this.state }];
  }

  renew(name: string): boolean {
    this.wishes.push(name);
    return name === this.name;
  }

  async revoke(name: string, reason: number): Promise<Result<null, string> | null> {
    if (name !== this.name) return null;
    this.wishes.push(`revoke ${name} ${reason}`);
    return this.refusal === null ? ok(null) : err(this.refusal);
  }
}

export class FakeWorker implements WorkerSource {
  readonly id: number;
  connectionList: ConnectionReport[] = [];
  requestList: RecentRequest[] = [];
  skipped = 0;
  targets: WorkerReport["targets"] = [];

  constructor(id: number) {
    this.id = id;
  }

  async report(): Promise<WorkerReport> {
    return {
      pid: 1000 + this.id,
      startedAtMs: Date.UTC(2026, 10, 30, 12),
      state: "serving",
      memoryBytes: 50_000_000,
      addresses: [{ name: "web", address: "127.0.0.1:8080" }],
      listeners: [{ name: "web", connections: 3, unsentBytes: 10, leaving: false }],
      targets: this.targets,
    };
  }

  async connections({ afterId, limit, listener }: Parameters<WorkerSource["connections"]>[0]) {
    return this.connectionList
      .filter((each) => each.id > afterId && (listener === null || each.listener === listener))
      .slice(0, limit);
  }

  async requests({ limit }: Parameters<WorkerSource["requests"]>[0]) {
    return { requests: this.requestList.slice(0, limit), skipped: this.skipped };
  }

  async setDrained(): Promise<void> {}
}

export function connectionReport(id: number, given: Partial<ConnectionReport> = {}): ConnectionReport {
  return {
    id,
    listener: "web",
    protocol: "http/1.1",
    remoteAddress: "127.0.0.1",
    openedAtMs: 0,
    state: "idle",
    requests: 2,
    unsentBytes: 0,
    ...given,
  };
}

export function recentRequest(atMs: number, given: Partial<RecentRequest> = {}): RecentRequest {
  return {
    atMs,
    requestId: "5f0c1e2a9b7d43d8a1b2c3d400000001",
    listener: "web",
    route: "test/0",
    target: "10.0.0.1:3000",
    remoteAddress: "127.0.0.1",
    method: "GET",
    host: "shop.example",
    path: "/api?page=***",
    isCut: false,
    fieldNames: ["Host", "Accept"],
    status: 200,
    error: null,
    totalMs: 1.5,
    ...given,
  };
}
