/**
 * `npm run bench`: measures Portward beside nginx and HAProxy (docs/performance.md says how) and prints a
 * table. Exit code 1 when a round failed, 2 when a package is missing or an option is wrong.
 */
import type { Bench } from "./contest.ts";
import { machineDescription } from "./machine.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { haproxy } from "./peers/haproxy.ts";
import { nginx } from "./peers/nginx.ts";
import type { Peer } from "./peers/peer.ts";
import { portward, portwardFrom } from "./peers/portward.ts";
import { findPrograms, missingPackages } from "./prerequisites.ts";
import { createProgress } from "./progress.ts";
import { formatWorkload } from "./report.ts";
import type { WorkloadResult } from "./results.ts";
import { Sandbox } from "./sandbox.ts";
import { WORKLOADS } from "./workloads/index.ts";
import type { Workload } from "./workloads/workload.ts";

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const choice = readChoice(args);
  if (typeof choice === "number") return choice;
  findPrograms();
  const refusal = prerequisitesRefusal();
  if (refusal !== null) {
    console.error(refusal);
    return 2;
  }
  const sandbox = await Sandbox.open();
  endOnSignals(sandbox);
  try {
    return await runAll(choice, sandbox);
  } catch (error) {
    console.error(sandbox.closed ? "\ninterrupted" : `\n${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    await sandbox.close();
  }
}

interface Choice {
  readonly options: Options;
  readonly workloads: readonly Workload[];
  readonly peers: readonly Peer[];
}

async function runAll({ options, workloads, peers }: Choice, sandbox: Sandbox): Promise<number> {
  const progress = createProgress(workloads.map(({ name }) => name));
  const bench: Bench = { options, peers, sandbox, progress };
  const machine = machineDescription();
  console.log(`${machine.summary}\n`);
  const results: WorkloadResult[] = [];
  for (const workload of workloads) {
    const result = await workload.run(bench);
    progress.done();
    console.log(`${formatWorkload(result)}\n`);
    results.push(result);
  }
  if (options.json !== null) {
    await Bun.write(options.json, `${JSON.stringify({ machine, options, workloads: results }, null, 2)}\n`);
    console.log(`All rounds: ${options.json}`);
  }
  return results.some(hasFailedRound) ? 1 : 0;
}

function readChoice(args: readonly string[]): Choice | number {
  try {
    const options = parseOptions(args);
    if (options === "help") {
      console.log(USAGE);
      return 0;
    }
    const workloads = chooseByName(WORKLOADS, options.only, "workload");
    const others = options.also.map(({ name, program }) => portwardFrom(name, program));
    const peers = [...chooseByName([portward, nginx, haproxy], options.peers, "peer"), ...others];
    return { options, workloads, peers };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
}

function chooseByName<T extends { readonly name: string }>(
  all: readonly T[],
  names: readonly string[] | null,
  what: string,
): readonly T[] {
  if (names === null) return all;
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name));
  throw new Error(`there is no ${what} '${unknown}'; known: ${all.map(({ name }) => name).join(", ")}`);
}

function prerequisitesRefusal(): string | null {
  if (process.platform !== "linux")
    return "The bench reads /proc and pins processes to cores: it runs on Linux only.";
  const missing = missingPackages();
  if (missing.length === 0) return null;
  return `Debian packages are missing. Install them with:\n  apt-get install ${missing.join(" ")}`;
}

function endOnSignals(sandbox: Sandbox): void {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.on(signal, () => void sandbox.close().finally(() => process.exit(code)));
  }
}

function hasFailedRound(result: WorkloadResult): boolean {
  return result.contestants.some(({ rounds }) => rounds.some((round) => !round.ok));
}
