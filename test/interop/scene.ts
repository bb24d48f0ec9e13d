/**
 * One test's temporary directory and processes. Disposing of it ends each process by its id and removes the
 * directory, whether the test passed or not.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BunFile, Subprocess } from "bun";
import { processTree } from "../../bench/measure/cpu.ts";

export type Server = Subprocess<"ignore", "pipe", BunFile>;

/** What ending a process needs. */
type Started = Pick<Subprocess, "pid" | "exitCode" | "signalCode" | "kill" | "exited">;

export interface RunOptions {
  /** A file to read standard input from. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class Scene implements AsyncDisposable {
  readonly directory: string;
  readonly #running: Started[] = [];

  /** Open to other users: a PostgreSQL server must not run as root and finds its directory below this one. */
  static async open(): Promise<Scene> {
    const directory = await mkdtemp(join(tmpdir(), "portward-interop-"));
    await chmod(directory, 0o755);
    return new Scene(directory);
  }

  private constructor(directory: string) {
    this.directory = directory;
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  /** Starts a server; it is ended with the scene. Its standard error goes to `logOf(name)`. */
  start(name: string, command: readonly string[]): Server {
    const log = Bun.file(this.path(`${name}.log`));
    const started = Bun.spawn([...command], {
      cwd: this.directory,
      stdin: "ignore",
      stdout: "pipe",
      stderr: log,
    });
    this.#running.push(started);
    return started;
  }

  async logOf(name: string): Promise<string> {
    const log = Bun.file(this.path(`${name}.log`));
    return (await log.exists()) ? await log.text() : "";
  }

  /** Starts a server and waits until `port` accepts connections. */
  async startOn(port: number, name: string, command: readonly string[]): Promise<Server> {
    const server = this.start(name, command);
    const giveUpAt = performance.now() + START_MS;
    while (!(await accepts(port))) {
      const ended = server.exitCode !== null || server.signalCode !== null;
      if (ended || performance.now() > giveUpAt) {
        throw new Error(`${name} does not listen on ${port}:\n${await this.logOf(name)}`);
      }
      await Bun.sleep(POLL_MS);
    }
    return server;
  }

  /** Runs a client to its end and yields its standard output. Throws when it fails. */
  async run(command: readonly string[], options: RunOptions = {}): Promise<string> {
    const child = Bun.spawn([...command], {
      cwd: this.directory,
      env: { ...process.env, ...options.env },
      stdin: options.stdin === undefined ? "ignore" : Bun.file(options.stdin),
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#running.push(child);
    const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    const exitCode = await child.exited;
    if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}:\n${output}${errors}`);
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map(end));
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function accepts(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.terminate();
    return true;
  } catch {
    return false;
  }
}

async function end(target: Started): Promise<void> {
  if (target.exitCode !== null || target.signalCode !== null) return;
  const tree = processTree(target.pid);
  target.kill("SIGTERM");
  const timer = setTimeout(() => {
    for (const pid of tree) killIfAlive(pid);
  }, GRACE_MS);
  await target.exited;
  clearTimeout(timer);
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}

const START_MS = 30_000;
const POLL_MS = 20;
const GRACE_MS = 3_000;
