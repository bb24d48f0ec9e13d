/**
 * Contestants in alternating rounds: all are started, checked and warmed up, then measured A B C A B C …
 * so that whatever the machine does besides falls on all of them. CPU time and memory are read around
 * each round, from outside.
 */
import { useOfTree } from "./measure/cpu.ts";
import type { Options } from "./options.ts";
import { launchOrigin } from "./origin.ts";
import { ONLY_HTTP1, type Peer, type Site } from "./peers/peer.ts";
import type { Progress } from "./progress.ts";
import type { ContestantResult, RoundResult } from "./results.ts";
import { freePort, type PipedProcess, type Sandbox } from "./sandbox.ts";
import { startListening } from "./start.ts";

export interface Bench {
  readonly options: Options;
  readonly peers: readonly Peer[];
  readonly sandbox: Sandbox;
  readonly progress: Progress;
}

export interface Contestant {
  readonly name: string;
  readonly peer: Peer;
  readonly kind: Site["kind"];
  readonly routes: number;
  readonly tls?: boolean;
  readonly h2?: Site["h2"];
  readonly log?: boolean;
}

/** What the load saw of one round. */
export interface Load {
  /** What CPU time is divided by: requests, round trips, gigabytes. */
  readonly units: number;
  readonly seconds: number;
  readonly failure: string | null;
  readonly p50Us?: number;
  readonly p99Us?: number;
  readonly p999Us?: number;
  readonly longestStallUs?: number;
}

export interface Contest {
  readonly workload: string;
  readonly contestants: readonly Contestant[];
  readonly originPort: number;
  /** Compares one answer with what it must be: a sentence when it is not. */
  check(port: number, contestant: Contestant): Promise<string | null>;
  load(port: number, seconds: number, contestant: Contestant): Promise<Load>;
  /** Where the figure is not the CPU time per unit itself. */
  figureOf?(cpuUs: number, load: Load): number;
  /** Whether a round without collection says something: not when it would fill the memory. */
  readonly countAllocation?: boolean;
}

interface Started {
  readonly contestant: Contestant;
  readonly process: PipedProcess;
  readonly port: number;
  readonly startMs: number;
  readonly rounds: RoundResult[];
}

/** One contestant per peer, with one route. */
export function contestantsOf(bench: Bench, kind: Site["kind"], tls = false): Contestant[] {
  return bench.peers.map((peer) => ({ name: peer.name, peer, kind, routes: 1, tls }));
}

export async function holdContest(bench: Bench, contest: Contest): Promise<ContestantResult[]> {
  const { options, progress } = bench;
  const started: Started[] = [];
  try {
    for (const contestant of contest.contestants)
      started.push({
        ...(await startContestant(bench, contestant, contest.originPort)),
        contestant,
        rounds: [],
      });
    for (const each of started) {
      progress.step(contest.workload, `${each.contestant.name}: check and warm-up`);
      await checkAndWarmUp(contest, each);
    }
    for (let round = 1; round <= options.rounds; round++) {
      for (const each of started) {
        progress.step(contest.workload, `${each.contestant.name}: round ${round} of ${options.rounds}`);
        each.rounds.push(await measure(contest, each, options.seconds));
      }
    }
  } finally {
    for (const each of started) await bench.sandbox.stop(each.process);
  }
  const results: ContestantResult[] = [];
  for (const each of started) results.push(await summarise(bench, contest, each));
  return results;
}

/** Runs `work` while an origin serves on its own port. @param h2 it speaks HTTP/2 in cleartext */
export async function withOrigin<T>(
  bench: Bench,
  work: (port: number) => Promise<T>,
  h2 = false,
): Promise<T> {
  const { sandbox, options } = bench;
  const port = freePort();
  const launch = launchOrigin(port, h2);
  const origin = await startListening(sandbox, { name: "origin", launch, core: options.loadCore, port });
  try {
    return await work(port);
  } finally {
    await sandbox.stop(origin);
  }
}

export async function startContestant(
  bench: Bench,
  contestant: Contestant,
  originPort: number,
  env?: Readonly<Record<string, string>>,
): Promise<{ process: PipedProcess; port: number; startMs: number }> {
  const { kind, routes, peer, name, tls = false, h2 = ONLY_HTTP1, log = false } = contestant;
  const port = freePort();
  const launch = peer.launch({ kind, port, tls, routes, originPort, h2, log });
  const core = bench.options.proxyCore;
  const request = { name, launch, core, port, ...(env ? { env } : {}) };
  const begunAt = performance.now();
  const process = await startListening(bench.sandbox, request);
  return { process, port, startMs: performance.now() - begunAt };
}

async function checkAndWarmUp(contest: Contest, { port, contestant }: Started): Promise<void> {
  const wrong = await contest.check(port, contestant).catch(String);
  if (wrong !== null) throw new Error(`${contest.workload}: ${contestant.name}: ${wrong}`);
  await contest.load(port, WARM_UP_SECONDS, contestant);
}

async function measure(contest: Contest, target: Started, seconds: number): Promise<RoundResult> {
  const before = useOfTree(target.process.pid);
  const load = await contest.load(target.port, seconds, target.contestant);
  const after = useOfTree(target.process.pid);
  if (load.failure !== null) return { ok: false, failure: load.failure };
  const cpuNs = after.cpuNs - before.cpuNs;
  const cpuUs = cpuNs / 1_000 / load.units;
  const { p50Us, p99Us, p999Us, longestStallUs } = load;
  return {
    ok: true,
    figure: contest.figureOf?.(cpuUs, load) ?? cpuUs,
    cpuUs,
    rate: load.units / load.seconds,
    coreShare: cpuNs / 1e9 / load.seconds,
    waitShare: (after.waitNs - before.waitNs) / 1e9 / load.seconds,
    peakResidentBytes: after.peakResidentBytes,
    ...withoutUndefined({ p50Us, p99Us, p999Us, longestStallUs }),
  };
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const defined = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [K in keyof T]?: NonNullable<T[K]> };
}

async function summarise(bench: Bench, contest: Contest, done: Started): Promise<ContestantResult> {
  const { rounds, startMs } = done;
  const result = { name: done.contestant.name, startMs, rounds };
  const allocatedBytesPerRequest = contest.countAllocation
    ? await measureAllocation(bench, contest, done.contestant)
    : null;
  return allocatedBytesPerRequest === null ? result : { ...result, allocatedBytesPerRequest };
}

/** With its collector off, a process grows by exactly what it allocates. */
async function measureAllocation(
  bench: Bench,
  contest: Contest,
  contestant: Contestant,
): Promise<number | null> {
  if (contestant.peer.withoutCollection === undefined) return null;
  bench.progress.step(contest.workload, `${contestant.name}: allocation`);
  const env = contestant.peer.withoutCollection;
  const target = await startContestant(bench, contestant, contest.originPort, env);
  try {
    await contest.load(target.port, WARM_UP_SECONDS, contestant);
    const before = useOfTree(target.process.pid).residentBytes;
    const load = await contest.load(target.port, 1, contestant);
    const grown = useOfTree(target.process.pid).residentBytes - before;
    if (load.failure !== null) bench.progress.step(contest.workload, `no allocation figure: ${load.failure}`);
    return load.failure === null ? Math.max(0, grown) / load.units : null;
  } finally {
    await bench.sandbox.stop(target.process);
  }
}

/** A JIT needs about two seconds of load before its figures stand still. */
const WARM_UP_SECONDS = 2;
