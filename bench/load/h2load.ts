/**
 * Closed-loop HTTP/2 load by h2load, of nghttp2: so many connections, so many streams on each, in cleartext with prior
 * knowledge. A log line per request gives the latencies; its summary gives the rest.
 */
import { join } from "node:path";
import type { Sandbox } from "../sandbox.ts";

export interface H2loadRun {
  readonly port: number;
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly streams: number;
  readonly seconds: number;
  readonly core: number;
  /** Sent with POST. */
  readonly body?: string;
}

export interface H2loadSummary {
  readonly requests: number;
  readonly seconds: number;
  readonly bodyBytes: number;
  readonly failure: string | null;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

export async function runH2load(sandbox: Sandbox, run: H2loadRun): Promise<H2loadSummary> {
  const log = join(sandbox.directory, "h2load.log");
  const body = join(sandbox.directory, "h2load.body");
  await Bun.write(log, "");
  await Bun.write(body, run.body ?? "");
  const command = commandOf(run, log, run.body === undefined ? null : body);
  const h2load = sandbox.start({ name: "h2load", core: run.core, command });
  try {
    const output = await h2load.stdout.text();
    return summarise(output, await Bun.file(log).text());
  } finally {
    await sandbox.stop(h2load);
  }
}

/** @param log lines of start (µs), status and duration (µs) */
function summarise(output: string, log: string): H2loadSummary {
  const seconds = Number(/finished in ([\d.]+)s/.exec(output)?.[1] ?? Number.NaN);
  const counts = /requests: (\d+) total, .* (\d+) succeeded, (\d+) failed/.exec(output);
  const data = /traffic: .*\((\d+)\) total,.*\((\d+)\) data/.exec(output);
  if (counts === null || Number.isNaN(seconds)) throw new Error(`h2load ended without a result: ${output}`);
  const times = log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Number(line.split("\t")[2]))
    .sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const [, , succeeded, failed] = counts.map(Number) as [number, number, number, number];
  return {
    requests: succeeded,
    seconds,
    bodyBytes: Number(data?.[2] ?? 0),
    failure: failed > 0 ? `${failed} requests failed` : succeeded === 0 ? "no request was answered" : null,
    p50Us: at(0.5),
    p99Us: at(0.99),
    p999Us: at(0.999),
  };
}

function commandOf(run: H2loadRun, log: string, body: string | null): string[] {
  const fields = Object.entries(run.fields).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  return [
    "h2load",
    ...["-c", `${run.connections}`, "-m", `${run.streams}`, "-D", `${run.seconds}`, "--log-file", log],
    ...(body === null ? [] : ["-d", body]),
    ...fields,
    `http://127.0.0.1:${run.port}${run.path}`,
  ];
}
