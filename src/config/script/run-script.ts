/**
 * Runs a configuration in TypeScript in a process of its own: a script that loops, exits or takes memory is an
 * answer and does not touch the proxy. It gets a few harmless variables of the environment and none of the
 * others, which are where secrets are; `${NAME}` in what it exports is filled in here, afterwards.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { dirname, resolve } from "node:path";
import type { Readable } from "node:stream";
import { err, ok, type Result } from "../../base/result.ts";
import { EXPANDED_SIZE_LIMIT, FILE_LIMIT_BYTES } from "../source/limits.ts";
import * as definitions from "./define-config.ts" with { type: "text" };
import * as program from "./evaluate.ts" with { type: "text" };
import type { ScriptAnswer } from "./script-answer.ts";

export type ScriptFault =
  | { readonly kind: "timeout"; readonly limitMs: number }
  /** It ended before it had exported anything. */
  | { readonly kind: "ended"; readonly how: string }
  | { readonly kind: "tooLarge" };

/** @param path of the script; modules that it imports are found from there */
export async function runScript(
  path: string,
  limitMs = SCRIPT_LIMIT_MS,
): Promise<Result<ScriptAnswer, ScriptFault>> {
  const child = start(resolve(path));
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const started = performance.now();
  const [bytes, how] = await Promise.all([collect(child), untilEnded(child)]);
  clearTimeout(timer);
  if (bytes === null) return err({ kind: "tooLarge" });
  if (performance.now() - started >= limitMs) return err({ kind: "timeout", limitMs });
  const answer = parseAnswer(bytes);
  return answer === null ? err({ kind: "ended", how }) : ok(answer);
}

function start(path: string): ChildProcess {
  // As in bin/portward: nothing in the directory where it is started takes part in the start.
  const flags = ["--config=/dev/null", "--no-env-file", "--no-install"];
  const words = [path, textOf(definitions), String(EXPANDED_SIZE_LIMIT)];
  return spawn(process.execPath, [...flags, "-e", textOf(program), "--", ...words], {
    cwd: dirname(path),
    env: { ...pick(process.env, HARMLESS), BUN_BE_BUN: "1" },
    // What it prints is for people; standard output may be JSON for a machine.
    stdio: ["ignore", 2, 2, "pipe"],
  });
}

/** The answer's bytes; null when it is too long. */
async function collect(child: ChildProcess): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let total = 0;
  for await (const piece of child.stdio[3] as Readable) {
    total += (piece as Buffer).length;
    if (total > ANSWER_LIMIT_BYTES) {
      child.kill("SIGKILL");
      return null;
    }
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

/** Null when it ended in the middle, or before. */
function parseAnswer(bytes: Buffer): ScriptAnswer | null {
  try {
    return JSON.parse(bytes.toString()) as ScriptAnswer;
  } catch {
    return null;
  }
}

async function untilEnded(child: ChildProcess): Promise<string> {
  const { promise, resolve: end } = Promise.withResolvers<string>();
  child.once("error", (error) => end(error.message));
  child.once("exit", (code, signal) => end(signal === null ? `with exit code ${code}` : `by ${signal}`));
  return promise;
}

/** The compiler sees the module, Bun gives its text. */
function textOf(module: object): string {
  return (module as { default: string }).default;
}

function pick(environment: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, environment[name]] as const);
  return Object.fromEntries(found.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

/** Importing a large package takes a second; whoever needs more computes something that belongs elsewhere. */
export const SCRIPT_LIMIT_MS = 10_000;
/** JSON inside JSON: quotes are escaped once more. */
const ANSWER_LIMIT_BYTES = 2 * FILE_LIMIT_BYTES;
const HARMLESS = ["PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL"];
