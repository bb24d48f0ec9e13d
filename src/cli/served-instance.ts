/** What `run` serves, as the admin address sees it. */
import type { CertificateDesk } from "../acme/kept-certificate.ts";
import type { Instance, ReloadOutcome, ReloadTrigger } from "../admin/instance.ts";
import type { Readiness } from "../admin/source.ts";
import type { WorkerSource } from "../admin/worker-source.ts";
import type { LoadedConfiguration } from "../config/load.ts";
import type { UpstreamSource } from "../discovery/discovery.ts";
import { realClock } from "../io/real-clock.ts";
import type { SharedMemory } from "../io/shared-memory.ts";
import type { TargetKey } from "../runtime/start.ts";
import type { LiveConfiguration } from "../supervisor/live-configuration.ts";
import type { Served } from "../supervisor/supervise.ts";

export class ServedInstance implements Instance {
  readonly version: string;
  readonly startedAtMs: number = realClock.wallMs();
  readiness: Readiness = "ready";
  readonly #served: Served;
  readonly #live: LiveConfiguration;
  readonly #stop: () => void;

  /** @param stop begins to drain, and ends when that is done */
  constructor(version: string, served: Served, live: LiveConfiguration, stop: () => void) {
    this.version = version;
    this.#served = served;
    this.#live = live;
    this.#stop = stop;
  }

  get loaded(): LoadedConfiguration {
    return this.#live.loaded;
  }

  get inForceSinceMs(): number {
    return this.#live.inForceSinceMs;
  }

  get lastReload(): ReloadOutcome {
    return this.#live.lastReload;
  }

  workers(): readonly WorkerSource[] {
    return this.#served.workers();
  }

  reload(trigger: ReloadTrigger): Promise<ReloadOutcome> {
    return this.#live.reload(trigger);
  }

  setDrained(key: TargetKey, drained: boolean): Promise<void> {
    return this.#served.setDrained(key, drained);
  }

  counted(): SharedMemory | null {
    return this.#served.counted();
  }

  sources(): readonly UpstreamSource[] {
    return this.#served.sources();
  }

  desks(): readonly CertificateDesk[] {
    return this.#served.desks();
  }

  stop(): void {
    this.#stop();
  }
}
