/**
 * What a service manager is told, if there is one (sd_notify(3)): that we serve, reload, end, are well, and who goes on.
 * Nobody is told where `$NOTIFY_SOCKET` names nobody.
 */
import { notify } from "../io/notify-socket.ts";
import { monotonicUs } from "../io/shared-clock.ts";
import type { LogEvent } from "../runtime/log.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export class ServiceManager {
  readonly #socket: string | null;
  readonly #watchdogMs: number;
  readonly #log: LogEvent;
  #timer: Timer | null = null;
  #complained = false;

  constructor(environment: Variables, log: LogEvent) {
    const { NOTIFY_SOCKET: socket } = environment;
    this.#socket = socket !== undefined && /^[/@]/.test(socket) ? socket : null;
    this.#watchdogMs = watchdogMs(environment);
    this.#log = log;
  }

  /** Also after a reload. */
  ready(): void {
    this.#tell("READY=1", `MAINPID=${process.pid}`);
    if (this.#watchdogMs > 0)
      this.#timer ??= setInterval(() => this.#tell("WATCHDOG=1"), this.#watchdogMs / 2).unref();
  }

  /** systemd wants to know when, to tell this reload from the one before. */
  reloading(): void {
    this.#tell("RELOADING=1", `MONOTONIC_USEC=${monotonicUs()}`);
  }

  stopping(): void {
    this.#tell("STOPPING=1");
  }

  /** Another process goes on; what this one does is no longer of interest. */
  handOver(pid: number): void {
    this.#tell(`MAINPID=${pid}`);
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #tell(...lines: readonly string[]): void {
    if (this.#socket === null) return;
    const failure = notify(this.#socket, lines);
    if (failure === null || this.#complained) return;
    this.#complained = true;
    this.#log({ level: "warn", event: "service_manager_unreachable", cause: failure });
  }
}

/** 0: nobody watches, or not this process. */
function watchdogMs({ WATCHDOG_USEC: period, WATCHDOG_PID: pid }: Variables): number {
  if (pid !== undefined && pid !== String(process.pid)) return 0;
  return Number(period ?? 0) / 1_000 || 0;
}
