/**
 * A temporary directory and the processes started in it. Whatever happens to the run (an error, Ctrl-C),
 * `close` ends each of these processes by its id, with everything below it, and removes the directory.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { processTree } from "./measure/cpu.ts";

export interface StartOptions {
  /** Names the log file that takes the process's standard error. */
  readonly name: string;
  readonly command: readonly string[];
  /** The only core it may run on, its threads and children included; or several, as `taskset` takes them. */
  readonly core: number | string;
  readonly env?: Readonly<Record<string, string>>;
}

export type PipedProcess = Subprocess<"pipe", "pipe">;

export class Sandbox {
  readonly directory: string;
  readonly #running = new Set<PipedProcess>();
  #closed = false;

  static async open(): Promise<Sandbox> {
    return new Sandbox(await mkdtemp(join(tmpdir(), "portward-bench-")));
  }

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** After `close`, what fails fails because of it. */
  get closed(): boolean {
    return this.#closed;
  }

  start(options: StartOptions): PipedProcess {
    if (this.#closed) throw new Error(`${options.name} is not started: the run has ended`);
    const started = Bun.spawn(["sh", "-c", PIN_AND_RAISE, `${options.core}`, ...options.command], {
      cwd: this.directory,
      env: { ...process.env, ...options.env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: Bun.file(this.logPath(options.name)),
    });
    this.#running.add(started);
    return started;
  }

  /** What a process said on standard error, for the message when it fails. */
  async logOf(name: string): Promise<string> {
    const log = Bun.file(this.logPath(name));
    return (await log.exists()) ? (await log.text()).trim().slice(-LOG_CHARACTERS) : "";
  }

  async stop(target: PipedProcess): Promise<void> {
    const tree = processTree(target.pid);
    if (target.exitCode === null && target.signalCode === null) target.kill("SIGTERM");
    await Promise.race([target.exited, Bun.sleep(GRACE_MS)]);
    if (target.exitCode === null && target.signalCode === null) {
      for (const pid of tree) killIfAlive(pid);
      await target.exited;
    }
    this.#running.delete(target);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#running].map((running) => this.stop(running)));
    await rm(this.directory, { recursive: true, force: true });
  }

  private logPath(name: string): string {
    return join(this.directory, `${name}.log`);
  }
}

/** A port that was free a moment ago. Nothing else on the machine is expected to take it meanwhile. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Ended on its own meanwhile.
  }
}

/** 10,000 idle connections need more descriptors than the usual limit; only root may exceed the hard one. */
const PIN_AND_RAISE = `ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec taskset -c "$0" "$@"`;
const GRACE_MS = 2_000;
const LOG_CHARACTERS = 2_000;
