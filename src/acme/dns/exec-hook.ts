/**
 * A program that puts a record into DNS. It is run as it is named, never by a shell, and what it has to do is in its
 * environment alone: a value may begin with a hyphen, which as an argument would be an option. It gets nothing else of
 * ours but what a program needs to run, because our own environment may hold secrets that are none of its business.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { DnsAction, DnsHook, DnsRecord } from "./dns-hook.ts";

export class ExecHook implements DnsHook {
  readonly #command: readonly string[];
  readonly #environment: readonly (readonly [string, string])[];
  readonly #timeoutMs: number;

  constructor(
    command: readonly string[],
    environment: readonly (readonly [string, string])[],
    timeoutMs: number,
  ) {
    this.#command = command;
    this.#environment = environment;
    this.#timeoutMs = timeoutMs;
  }

  async call(action: DnsAction, record: DnsRecord): Promise<void> {
    const [program, ...args] = this.#command;
    const said = new LastWords();
    const child = spawn(program!, args, {
      // A group of its own, so that whatever it has started ends with it.
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
      env: this.#variables(action, record),
    });
    child.stderr.on("data", (chunk: Buffer) => said.add(chunk));
    const timer = setTimeout(() => killGroup(child), this.#timeoutMs);
    try {
      const problem = await ended(child);
      if (problem === null) return;
      await heardOut(child.stderr);
      const words = this.#withoutSecrets(said.line);
      throw new Error(`the program ${program} ${problem}${words === "" ? "" : `: ${words}`}`);
    } finally {
      clearTimeout(timer);
      // What it has left running may hold the pipe open.
      child.stderr.destroy();
    }
  }

  #variables(action: DnsAction, { record, value }: DnsRecord): Record<string, string> {
    const kept = KEPT.flatMap((name) => {
      const text = process.env[name];
      return text === undefined ? [] : [[name, text] as const];
    });
    const asked = { PORTWARD_ACTION: action, PORTWARD_FQDN: `${record}.`, PORTWARD_VALUE: value };
    return { ...Object.fromEntries([...kept, ...this.#environment]), ...asked };
  }

  #withoutSecrets(text: string): string {
    const secrets = this.#environment.map(([, value]) => value).filter((value) => value.length >= SHORTEST);
    return secrets.reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
  }
}

/** Null when all is well, else what happened. */
function ended(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.once("error", ({ message }) => resolve(`cannot be run (${message})`));
    child.once("exit", (code, signal) => {
      if (signal === "SIGKILL") resolve("took too long, or was killed");
      else resolve(code === 0 ? null : `ended with ${signal ?? `status ${code}`}`);
    });
  });
}

/** What a program has said arrives after its end, and never at all while something that it started may still speak. */
function heardOut(stream: Readable): Promise<void> {
  if (stream.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, HEARING_MS);
    stream.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

/** The end of what a program says, however much that is. */
class LastWords {
  #text = "";

  add(chunk: Buffer): void {
    this.#text = (this.#text + chunk.toString("latin1")).slice(-MOST);
  }

  /** Its last line that is not empty, fit to be printed. */
  get line(): string {
    const lines = this.#text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
    return (lines.at(-1) ?? "").replaceAll(/[^\x20-\x7e]/g, "?").slice(-LINE);
  }
}

const KEPT = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"] as const;
const MOST = 4_096;
const LINE = 300;
const HEARING_MS = 500;
/** To blot out shorter ones would hide the message, and not them. */
const SHORTEST = 4;
