/**
 * idle: memory per connection that has made one request and waits. The first thousand connections are the
 * warm-up; the figure is what the next nine thousand added, so that code and tables of fixed size do not
 * count. Each round has a fresh process, because memory once taken is rarely given back.
 */
import { type Bench, type Contestant, contestantsOf, startContestant, withOrigin } from "../contest.ts";
import { LoadProcess } from "../load/commands.ts";
import type { IdleCommand, IdleReply } from "../load/idle.ts";
import { useOfTree } from "../measure/cpu.ts";
import { SMALL_PATH } from "../origin.ts";
import type { ContestantResult, RoundResult, WorkloadResult } from "../results.ts";
import { REFERENCE, type Workload } from "./workload.ts";

export const idle: Workload = {
  name: "idle",
  title: "10,000 idle connections that have made one request",
  run: runIdle,
};

type Holder = LoadProcess<unknown, IdleCommand, IdleReply>;

function runIdle(bench: Bench): Promise<WorkloadResult> {
  return withOrigin(bench, async (originPort) => ({
    name: idle.name,
    title: idle.title,
    figureName: "bytes/connection",
    rateName: "connections/s",
    reference: REFERENCE,
    bound: { of: "figure", atMost: 3 * 1024, text: "at most 3 KiB" },
    notes: [],
    contestants: await holdRounds(bench, originPort),
  }));
}

async function holdRounds(bench: Bench, originPort: number): Promise<ContestantResult[]> {
  const { options, progress, sandbox } = bench;
  const contestants = contestantsOf(bench, "http");
  const rounds = new Map<string, RoundResult[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.rounds; round++) {
    for (const contestant of contestants) {
      progress.step(idle.name, `${contestant.name}: round ${round} of ${options.rounds}`);
      const holder: Holder = await LoadProcess.start(sandbox, "idle.ts", options.loadCore);
      rounds.get(contestant.name)!.push(await measureRound(bench, contestant, originPort, holder));
      await holder.stop();
    }
  }
  return contestants.map(({ name }) => ({ name, rounds: rounds.get(name)! }));
}

async function measureRound(
  bench: Bench,
  contestant: Contestant,
  originPort: number,
  holder: Holder,
): Promise<RoundResult> {
  const { process, port } = await startContestant(bench, contestant, originPort);
  try {
    const warmUp = await holder.ask({ port, path: SMALL_PATH, connections: FIRST });
    const before = await settledUse(process.pid);
    const startedAt = performance.now();
    const reply = await holder.ask({ port, path: SMALL_PATH, connections: ALL });
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = await settledUse(process.pid);
    const failure = warmUp.failure ?? reply.failure;
    if (failure !== null) return { ok: false, failure };
    return {
      ok: true,
      figure: (after.residentBytes - before.residentBytes) / (ALL - FIRST),
      cpuUs: (after.cpuNs - before.cpuNs) / 1_000 / (ALL - FIRST),
      rate: (ALL - FIRST) / seconds,
      peakResidentBytes: after.peakResidentBytes,
    };
  } finally {
    await bench.sandbox.stop(process);
  }
}

/** Waits until memory has stood still for a second: a collector may run once the work is done. */
async function settledUse(pid: number) {
  let use = useOfTree(pid);
  let stillSince = performance.now();
  const giveUpAt = stillSince + MOST_SETTLE_MS;
  while (performance.now() < Math.min(stillSince + STILL_MS, giveUpAt)) {
    await Bun.sleep(50);
    const next = useOfTree(pid);
    if (next.residentBytes !== use.residentBytes) stillSince = performance.now();
    use = next;
  }
  return use;
}

const FIRST = 1_000;
const ALL = 10_000;
const STILL_MS = 1_000;
const MOST_SETTLE_MS = 10_000;
