/**
 * What a second worker costs: CPU time per request of all processes of a proxy with one worker and with two, for the same
 * load, beside nginx with one and with two. `bin/bun bench/scaling.ts [rounds] [seconds] [program]`. Nothing is pinned: load,
 * origin and workers share the cores, as they would on a small machine, so that what two busy cores cost by themselves
 * (shared caches, frequency, a scheduler that moves processes) is in both; nginx, whose workers share nothing, shows how
 * much that is. Rounds of all four take turns; the lowest of each counts.
 */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { runWrk, wrkFailure } from "./load/wrk.ts";
import { useOfTree } from "./measure/cpu.ts";
import { launchOrigin, SMALL_PATH } from "./origin.ts";
import { nginx } from "./peers/nginx.ts";
import { type Launch, ONLY_HTTP1, type Site } from "./peers/peer.ts";
import { portwardFrom } from "./peers/portward.ts";
import { freePort, type PipedProcess, Sandbox } from "./sandbox.ts";

const [rounds = "6", seconds = "1", program = resolve(import.meta.dir, "../bin/portward")] =
  process.argv.slice(2);
const CONNECTIONS = 64;
const WARM_ROUNDS = 5;
const EVERYWHERE = `0-${availableParallelism() - 1}`;

interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly running: PipedProcess;
  readonly figures: number[];
}

const sandbox = await Sandbox.open();
try {
  await run();
} finally {
  await sandbox.close();
}

async function run(): Promise<void> {
  const originPort = freePort();
  await start("origin", originPort, launchOrigin(originPort, false));
  const contestants: Contestant[] = [];
  for (const workers of [1, 2]) {
    contestants.push(await contestant("portward", workers, originPort));
    contestants.push(await contestant("nginx", workers, originPort));
  }
  // Code is compiled while it is used: what that costs is the same for a day as for a second, and twice for two workers.
  for (let i = 0; i < WARM_ROUNDS; i++) for (const each of contestants) await measure(each);
  for (let round = 0; round < Number(rounds); round++) {
    for (const each of contestants) each.figures.push(await measure(each));
  }
  report(contestants);
}

async function contestant(
  name: "portward" | "nginx",
  workers: number,
  originPort: number,
): Promise<Contestant> {
  const port = freePort();
  const site: Site = {
    kind: "http",
    port,
    tls: false,
    originPort,
    h2: ONLY_HTTP1,
    routes: 1,
    log: false,
  };
  const launch = name === "nginx" ? nginxWith(workers, site) : portwardWith(workers, site);
  return {
    name: `${name}, ${workers}`,
    port,
    running: await start(`${name}-${workers}`, port, launch),
    figures: [],
  };
}

function portwardWith(workers: number, site: Site): Launch {
  const { files, command } = portwardFrom("portward", program).launch(site);
  return { files, command: [...command, "--workers", `${workers}`] };
}

/** With a socket for each worker, as here. */
function nginxWith(workers: number, site: Site): Launch {
  const { files, command } = nginx.launch(site);
  const texts = Object.entries(files).map(([path, text]) => [
    path,
    text
      .replace("worker_processes 1;", `worker_processes ${workers};`)
      .replace("backlog=4096", "backlog=4096 reuseport"),
  ]);
  return { files: Object.fromEntries(texts), command };
}

async function start(name: string, port: number, { files, command }: Launch): Promise<PipedProcess> {
  for (const [path, text] of Object.entries(files)) await Bun.write(`${sandbox.directory}/${path}`, text);
  const running = sandbox.start({ name, core: EVERYWHERE, command });
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}${SMALL_PATH}`).catch(() => null);
    if (answer?.status === 200) return running;
    await Bun.sleep(25);
  }
  throw new Error(`${name} does not answer: ${await sandbox.logOf(name)}`);
}

/** @returns microseconds of CPU time for each request */
async function measure({ port, running }: Contestant): Promise<number> {
  const before = useOfTree(running.pid).cpuNs;
  const summary = await runWrk(sandbox, {
    port,
    path: SMALL_PATH,
    connections: CONNECTIONS,
    seconds: Number(seconds),
    core: EVERYWHERE,
  });
  const failure = wrkFailure(summary);
  if (failure !== null) throw new Error(failure);
  return (useOfTree(running.pid).cpuNs - before) / 1e3 / summary.requests;
}

function report(contestants: readonly Contestant[]): void {
  for (const { name, figures } of contestants) {
    const sorted = [...figures].sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1]!;
    console.log(
      `${name.padEnd(12)} ${sorted[0]!.toFixed(2)} µs/request at best, ${median.toFixed(2)} in the middle`,
    );
  }
  const best = (at: number) => Math.min(...contestants[at]!.figures);
  const growth = (one: number, two: number) => `${((best(two) / best(one) - 1) * 100).toFixed(1)} %`;
  console.log(`growth from one worker to two: portward ${growth(0, 2)}, nginx ${growth(1, 3)}`);
}
