/**
 * Evaluates a configuration in TypeScript, in a process of its own, and writes what came of it to descriptor 3.
 * It is handed to Bun as text, so that it works from the one-file executable as well; it imports nothing of ours
 * but types. Arguments: the file, the text of the module "portward", the largest number of values.
 */
import { writeSync } from "node:fs";
import type { Frame, ResultFault, ScriptAnswer } from "./script-answer.ts";

const [file, definitions, limit] = process.argv.slice(-3) as [string, string, string];

Bun.plugin({
  name: "portward",
  setup: (build) => void build.module("portward", () => ({ contents: definitions, loader: "ts" })),
});
answer(await evaluate());
// Timers and servers that the script left behind are not waited for.
process.exit(0);

async function evaluate(): Promise<ScriptAnswer> {
  try {
    const module: { default?: unknown } = await import(file);
    if (!("default" in module)) return unusable([], "no `export default`");
    return asJson(await module.default);
  } catch (thrown) {
    return explain(thrown);
  }
}

function asJson(value: unknown): ScriptAnswer {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return unusable([], describe(value));
  const faults = unusableParts(value);
  return faults.length > 0 ? { kind: "result", faults } : { kind: "value", json: JSON.stringify(value) };
}

/** Data only: what JSON would drop or change without a word is named instead. */
function unusableParts(root: object): ResultFault[] {
  const faults: ResultFault[] = [];
  const open: Set<unknown> = new Set();
  let count = 0;
  walk(root, []);
  if (count > Number(limit))
    return [{ path: [], found: `more than ${Number(limit).toLocaleString("en")} values` }];
  return faults.slice(0, 20);

  function walk(value: unknown, path: readonly (string | number)[]): void {
    if (++count > Number(limit)) return;
    if (typeof value !== "object" || value === null) {
      if (!isPlain(value)) faults.push({ path, found: describe(value) });
    } else if (open.has(value)) faults.push({ path, found: "an object that contains itself" });
    else if (!isData(value)) faults.push({ path, found: describe(value) });
    else walkInside(value, path);
  }

  function walkInside(value: object, path: readonly (string | number)[]): void {
    open.add(value);
    for (const [key, inner] of Object.entries(value)) {
      // An absent key, as `{ host: condition ? "a" : undefined }` says it.
      if (inner === undefined && !Array.isArray(value)) continue;
      walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    }
    open.delete(value);
  }
}

function isPlain(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return value === null || typeof value === "string" || typeof value === "boolean";
}

function isData(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return `\`${value}\``;
  if (typeof value === "object") {
    if (Array.isArray(value)) return "a list";
    return `an object of the class ${value.constructor?.name ?? "?"}, which is not plain data`;
  }
  if (typeof value === "function") return value.name === "" ? "a function" : `the function \`${value.name}\``;
  if (typeof value === "bigint" || typeof value === "symbol") return `a ${typeof value}`;
  return typeof value === "string" ? "text" : `the ${typeof value} \`${String(value)}\``;
}

function unusable(path: readonly (string | number)[], found: string): ScriptAnswer {
  return { kind: "result", faults: [{ path, found }] };
}

function explain(thrown: unknown): ScriptAnswer {
  if (thrown instanceof AggregateError && thrown.errors.every((each) => each instanceof BuildMessage)) {
    return { kind: "syntax", faults: thrown.errors.flatMap(faultOf) };
  }
  if (thrown instanceof BuildMessage) return { kind: "syntax", faults: faultOf(thrown) };
  if (thrown instanceof ResolveMessage) return { kind: "import", message: thrown.message };
  if (!(thrown instanceof Error)) return { kind: "thrown", message: String(thrown), frames: [] };
  const message = thrown.name === "Error" ? thrown.message : `${thrown.name}: ${thrown.message}`;
  return { kind: "thrown", message, frames: framesOf(thrown.stack ?? "") };
}

function faultOf({ message, position }: BuildMessage) {
  return [
    { message, file: position?.file ?? file, line: position?.line ?? 1, column: position?.column ?? 1 },
  ];
}

function framesOf(stack: string): Frame[] {
  const lines = stack.split("\n").flatMap((line) => {
    const [, path, row, column] = /^\s*at (?:.*? \()?(\/.+?):(\d+):(\d+)\)?$/.exec(line) ?? [];
    return path === undefined ? [] : [{ file: path, line: Number(row), column: Number(column) }];
  });
  return lines.slice(0, 20);
}

function answer(content: ScriptAnswer): void {
  const bytes = Buffer.from(JSON.stringify(content));
  for (let at = 0; at < bytes.length; ) at += writeSync(3, bytes, at);
}
