/** Temporary folders and child processes for the tests of the command line. Each test file says `afterEach(cleanUp)`. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dir, "../..");
export const PORTWARD = join(ROOT, "bin/portward");

const cleanups: (() => void)[] = [];

/** Ends and removes what the test left. */
export function cleanUp(): void {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
}

/** Also done by `cleanUp`. */
export function onCleanUp(action: () => void): void {
  cleanups.push(action);
}

/** A new folder; its name has a space, because users' folders do. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "portward test ")));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file with its folders, and gives its path. */
export function writeFile(path: string, text: string, mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface SpawnOptions {
  readonly cwd?: string;
  /** Added to the environment; `undefined` takes a variable away. */
  readonly env?: Record<string, string | undefined>;
}

/** Runs a command to its end. */
export async function runToEnd(command: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
  const child = start(command, options);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await child.exited;
  return { code: child.exitCode, out, err };
}

/** Of a process that runs, the oldest first; none where the system does not tell. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Starts a command that runs until it is stopped; it is killed after the test at the latest, with its workers. */
export function start(command: readonly string[], options: SpawnOptions = {}) {
  const child = Bun.spawn([...command], {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  cleanups.push(() => {
    if (child.exitCode !== null) return;
    const workers = childrenOf(child.pid);
    child.kill("SIGKILL");
    for (const pid of workers) killIfAlive(pid);
  });
  return child;
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended with its supervisor.
  }
}

/** Reads a stream until `pattern` matches what has come so far; the stream stays open for more. */
export async function readUntil(stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let seen = "";
  try {
    while (!pattern.test(seen)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`ended before ${pattern}: ${seen}`);
      seen += decoder.decode(value, { stream: true });
    }
  } finally {
    reader.releaseLock();
  }
  return seen;
}

function text(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}
