/**
 * Closed-loop HTTP load by wrk: so many connections, each sending its next request when the last answer is
 * complete. wrk's own text is ignored; a script hook prints what it counted as one line of JSON.
 */
import { join } from "node:path";
import type { Sandbox } from "../sandbox.ts";

export interface WrkRun {
  readonly port: number;
  readonly path: string;
  /** `http` unless said otherwise. */
  readonly scheme?: "http" | "https";
  readonly fields?: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  readonly core: number | string;
}

export interface WrkSummary {
  readonly requests: number;
  readonly bytes: number;
  readonly durationUs: number;
  /** Failed connects, reads, writes, answers later than 2 s, and statuses of 400 or more. */
  readonly errors: Readonly<Record<"connect" | "read" | "write" | "timeout" | "status", number>>;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

export async function runWrk(sandbox: Sandbox, run: WrkRun): Promise<WrkSummary> {
  const script = join(sandbox.directory, "load.lua");
  await Bun.write(script, DONE_HOOK);
  const wrk = sandbox.start({ name: "wrk", core: run.core, command: commandOf(run, script) });
  try {
    const output = await wrk.stdout.text();
    const line = output.split("\n").find((candidate) => candidate.startsWith(MARK));
    if (line === undefined) throw new Error(`wrk ended without a result: ${await sandbox.logOf("wrk")}`);
    return JSON.parse(line.slice(MARK.length)) as WrkSummary;
  } finally {
    await sandbox.stop(wrk);
  }
}

/** One sentence about everything that went wrong, or null. */
export function wrkFailure(summary: WrkSummary): string | null {
  const faults = Object.entries(summary.errors).filter(([, count]) => count > 0);
  if (faults.length > 0) return faults.map(([kind, count]) => `${count} ${kind} errors`).join(", ");
  return summary.requests === 0 ? "no request was answered" : null;
}

function commandOf(run: WrkRun, script: string): string[] {
  const url = `${run.scheme ?? "http"}://127.0.0.1:${run.port}${run.path}`;
  const fields = Object.entries(run.fields ?? {}).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  return ["wrk", "-t1", `-c${run.connections}`, `-d${run.seconds}s`, ...fields, "-s", script, url];
}

const MARK = "RESULT ";
const DONE_HOOK = `
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('${MARK}{"requests":%d,"bytes":%d,"durationUs":%d,"errors":{"connect":%d,"read":%d,' ..
    '"write":%d,"timeout":%d,"status":%d},"p50Us":%d,"p99Us":%d,"p999Us":%d}\\n',
    summary.requests, summary.bytes, summary.duration, e.connect, e.read, e.write, e.timeout, e.status,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
`;
