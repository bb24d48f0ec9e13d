/**
 * Starts this program again, from whatever is at its place now, to relieve this process. A program that cannot start
 * changes nothing: the one that runs goes on.
 */
import type { LogEvent } from "../runtime/log.ts";

/** How this process was started. */
export interface StartedAs {
  /** Bun and main.ts, or the one executable. */
  readonly program: readonly string[];
  /** The command and its options. */
  readonly words: readonly string[];
}

export class Upgrade {
  readonly #startedAs: StartedAs;
  readonly #log: LogEvent;
  #isUnderWay = false;

  constructor(startedAs: StartedAs, log: LogEvent) {
    this.#startedAs = startedAs;
    this.#log = log;
  }

  /** @param directory of the instance, which the other finds this one by */
  begin(directory: string): void {
    if (this.#isUnderWay) return this.#log({ level: "warn", event: "upgrade_under_way" });
    this.#isUnderWay = true;
    const { program, words } = this.#startedAs;
    const command = [...program, ...words.filter((word) => word !== REPLACE), REPLACE];
    const child = Bun.spawn(command, {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...NOT_INHERITED, PORTWARD_INSTANCE: directory },
    });
    this.#log({ level: "info", event: "upgrading", pid: child.pid });
    child.exited.then((code) => {
      this.#isUnderWay = false;
      this.#log({ level: "error", event: "upgrade_failed", pid: child.pid, code });
    });
  }
}

export const REPLACE = "--replace";

/**
 * The sockets that systemd has passed are handed over, and its watchdog then asks the other; npx, which the other would
 * watch, is not its parent.
 */
const NOT_INHERITED = {
  LISTEN_FDS: undefined,
  LISTEN_PID: undefined,
  LISTEN_FDNAMES: undefined,
  WATCHDOG_PID: undefined,
  npm_command: undefined,
};
