/** The health checks of an instance: made once for all of its workers, who are told what they find. */
import type { Configuration } from "../config/model.ts";
import { realClock } from "../io/real-clock.ts";
import { timeoutTimers } from "../io/timeout-timers.ts";
import { type Environment, environmentFor } from "../runtime/environment.ts";
import { type CheckNotice, checkEvent, HealthChecks } from "../runtime/health-checks.ts";
import type { LogEvent } from "../runtime/log.ts";

export class CrewChecks {
  readonly #log: LogEvent;
  readonly #tell: (notices: readonly CheckNotice[]) => void;
  readonly #environment: Environment;
  readonly #checks: HealthChecks;

  /** @param tell has all workers know */
  constructor(log: LogEvent, tell: (notices: readonly CheckNotice[]) => void) {
    this.#log = log;
    this.#tell = tell;
    this.#environment = environmentFor(NO_SERVERS, { timers: timeoutTimers(realClock) });
    this.#checks = new HealthChecks(this.#environment, (notice) => this.#onChecked(notice));
  }

  /** All that is known, for a worker that starts. */
  get notices(): readonly CheckNotice[] {
    return this.#checks.notices;
  }

  /** Another configuration is in force. */
  use(configuration: Configuration): void {
    this.#environment.resolver.reconfigure(configuration.settings.dns);
    this.useTargets(configuration);
  }

  /** The same configuration has other targets. */
  useTargets(configuration: Configuration): void {
    this.#checks.use(configuration);
    this.#tell(this.#checks.notices);
  }

  close(): void {
    this.#checks.close();
    this.#environment.resolver.close();
  }

  #onChecked(notice: CheckNotice): void {
    this.#log(checkEvent(notice));
    this.#tell([notice]);
  }
}

/** Until there is a configuration: nothing is asked before. */
const NO_SERVERS = { servers: [], refreshMs: 30_000 } as const;
