/**
 * What a command may touch of the world. `main.ts` hands in the real one; a test hands in its own
 * and sees what would have been printed, started and signalled.
 */
import type { startProxy } from "../runtime/start.ts";
import type { SuperviseOptions, Supervision } from "../supervisor/supervise.ts";

export interface CliContext {
  readonly environment: Environment;
  /** For what was asked for. */
  readonly out: (text: string) => void;
  /** For errors. */
  readonly err: (text: string) => void;
  /** One JSON line on stderr while serving. */
  readonly log: (line: object) => void;
  /** Calls back for each such signal until the returned function is called. */
  readonly onSignal: (signal: Signal, callback: () => void) => () => void;
  /** In this process. */
  readonly startProxy: typeof startProxy;
  /** Whether a person looks at what is printed. */
  readonly isTerminal: boolean;
  /** In worker processes. */
  readonly supervise: (options: SuperviseOptions) => Supervision;
}

/** Environment variables; those that are read have a line of their own. */
export interface Environment {
  /** The configuration when `--config` is not given. */
  readonly PORTWARD_CONFIG?: string | undefined;
  /** `1` shows the stack of an internal error. */
  readonly PORTWARD_DEBUG?: string | undefined;
  /** What the admin address of a running instance asks for. */
  readonly PORTWARD_ADMIN_TOKEN?: string | undefined;
  /** Files: who signed the certificate that it shows, and what is shown to it. */
  readonly PORTWARD_ADMIN_CA?: string | undefined;
  readonly PORTWARD_ADMIN_CERT?: string | undefined;
  readonly PORTWARD_ADMIN_KEY?: string | undefined;
  readonly HOME?: string | undefined;
  readonly [name: string]: string | undefined;
}

/** `parentLost`: npx is gone and cannot pass a signal on any more. */
export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGUSR1" | "SIGUSR2" | "parentLost";

/** How a command hands its exit code back through the parser of the command line. */
export type Finish = (exitCode: number) => void;
