/**
 * The real program with its workers, as a test sees it: what it logs, which processes it consists of, which port it
 * serves on. Disposing of it ends every process that belonged to it.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeInstance } from "../../src/supervisor/instance/directory.ts";
import { childrenOf, PORTWARD } from "../cli/support.ts";
import { eventually } from "../support/eventually.ts";

export interface LoggedLine {
  readonly level: string;
  readonly event: string;
  readonly pid?: number;
  readonly worker?: number;
  readonly [key: string]: unknown;
}

/** What the program finds around it when it starts. */
export interface Surroundings {
  /** A command that runs another one: `setpriv …`. */
  readonly under?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Open in it from 3 on, with `$LISTEN_PID` as systemd would set it. */
  readonly descriptors?: readonly number[];
}

export class RunningProgram implements AsyncDisposable {
  readonly lines: LoggedLine[] = [];
  readonly folder: string;
  readonly pids = new Set<number>();
  #surroundings: Surroundings = {};
  #child: Bun.Subprocess | null = null;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "portward-processes-"));
  }

  /** Runs `yaml` with these further words on the command line, and waits until it serves. */
  static async start(
    yaml: string,
    words: readonly string[] = [],
    surroundings: Surroundings = {},
  ): Promise<RunningProgram> {
    const program = new RunningProgram();
    program.#surroundings = surroundings;
    await program.configure(yaml);
    await program.launch(words);
    return program;
  }

  get configPath(): string {
    return join(this.folder, "site.yaml");
  }

  async configure(yaml: string): Promise<void> {
    await Bun.write(this.configPath, yaml);
  }

  /** Starts the program, again when it has run before, and waits until it serves. */
  async launch(words: readonly string[] = []): Promise<void> {
    const ready = this.count("ready");
    this.#child = this.#spawn(words);
    await this.until("ready", ready + 1);
    this.workers();
  }

  /** Starts it beside the one that runs, and gives its exit code. */
  async tryLaunch(words: readonly string[]): Promise<number> {
    return this.#spawn(words).exited;
  }

  /** Whether nobody is left. A successor's workers are children of somebody whom nobody here has started. */
  #killed(): boolean {
    for (const pid of this.pids) for (const child of childrenOf(pid)) this.pids.add(child);
    const alive = [...this.pids].filter(isAlive);
    for (const pid of alive) killIfAlive(pid);
    return alive.length === 0;
  }

  #spawn(words: readonly string[]) {
    const { under = [], environment = {}, descriptors = [] } = this.#surroundings;
    const started = ["run", "--config", this.configPath, "--admin", "off", ...words];
    const command = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", ...under, PORTWARD, ...started];
    const child = Bun.spawn(command, {
      stdio: ["ignore", "ignore", "pipe", ...descriptors] as never,
      env: { ...process.env, XDG_RUNTIME_DIR: this.folder, ...environment },
    });
    this.pids.add(child.pid);
    void this.#collect(child.stderr as unknown as ReadableStream<Uint8Array>);
    return child;
  }

  /** Of the supervisor. */
  get pid(): number {
    return this.#child!.pid;
  }

  get exited(): Promise<number> {
    return this.#child!.exited;
  }

  /** Of the first listener. */
  get port(): number {
    const { listeners } = this.last("ready") as unknown as { listeners: readonly { address: string }[] };
    return Number(/\d+$/.exec(listeners[0]!.address)![0]);
  }

  /** Process ids of those who work now. */
  workers(): number[] {
    const workers = childrenOf(this.pid);
    for (const pid of [this.pid, ...workers]) this.pids.add(pid);
    return workers;
  }

  count(event: string): number {
    return this.lines.filter((line) => line.event === event).length;
  }

  last(event: string): LoggedLine {
    const line = this.lines.findLast((each) => each.event === event);
    if (line === undefined) throw new Error(`no ${event} among ${JSON.stringify(this.lines)}`);
    return line;
  }

  /** Waits until an event was logged so often, and gives its last line. */
  async until(event: string, times = 1, withinMs = 30_000): Promise<LoggedLine> {
    await eventually(() => this.count(event) >= times, `${times} ${event}`, withinMs).catch((error) => {
      throw new Error(`${error.message}, among ${JSON.stringify(this.lines, null, 1)}`);
    });
    return this.last(event);
  }

  signal(signal: NodeJS.Signals, pid = this.pid): void {
    this.workers();
    process.kill(pid, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await eventually(() => this.#killed(), `the end of ${[...this.pids].join(", ")}`);
    await this.#child?.exited;
    for (const directory of instancesIn(join(this.folder, "portward"))) removeInstance(directory);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream() as never)) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#note(line);
    }
  }

  #note(line: string): void {
    const logged: LoggedLine = line.startsWith("{") ? JSON.parse(line) : { level: "text", event: line };
    this.lines.push(logged);
    if (typeof logged.pid === "number") this.pids.add(logged.pid);
  }
}

function instancesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** A process that has ended and whom nobody has asked for its exit code yet is not alive. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat[stat.lastIndexOf(")") + 2] !== "Z";
  } catch {
    return false;
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
