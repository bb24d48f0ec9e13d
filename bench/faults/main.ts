/**
 * `npm run bench:faults`: Portward, nginx and HAProxy under the same faults of one target in three. What counts is what
 * clients see (the share of requests that fail, the 99th percentile) and how often targets are asked for each request.
 * It prints the table of docs/resilience.md. Nothing here is about CPU time.
 */
import { ChaosUpstream } from "../../src/cli/demo/chaos/chaos-upstream.ts";
import { FAULTS, type Fault, type FaultName } from "../../src/cli/demo/chaos/fault.ts";
import { findPrograms } from "../prerequisites.ts";
import { freePort, Sandbox } from "../sandbox.ts";
import { startListening } from "../start.ts";
import { CONTESTANTS, type Contestant } from "./contestants.ts";

const CLIENTS = 16;
const REQUESTS = 600;
const BODY = "the answer, whole and right ".repeat(40);
/** Of the faults that have two ends, the one in the middle of the body is the one that nobody can hide. */
const SHOWN: readonly FaultName[] = [
  "none",
  "refuse",
  "reset",
  "reset-head",
  "reset-body",
  "stall",
  "short",
  "nonsense",
  "unavailable",
  "close-idle",
  "slow",
];

interface Outcome {
  readonly failedShare: number;
  readonly p99Ms: number;
  readonly askedPerRequest: number;
}

process.exit(await main());

async function main(): Promise<number> {
  findPrograms();
  const sandbox = await Sandbox.open();
  try {
    console.log(`| fault of one target in three | ${CONTESTANTS.map(({ name }) => name).join(" | ")} |`);
    console.log(`|---|${CONTESTANTS.map(() => "---|").join("")}`);
    for (const name of SHOWN) {
      const cells: string[] = [];
      for (const contestant of CONTESTANTS)
        cells.push(cellOf(await measure(sandbox, contestant, FAULTS[name].fault)));
      console.log(`| ${FAULTS[name].text} | ${cells.join(" | ")} |`);
    }
    return 0;
  } finally {
    await sandbox.close();
  }
}

function cellOf({ failedShare, p99Ms, askedPerRequest }: Outcome): string {
  return `${(failedShare * 100).toFixed(1)} %, ${p99Ms.toFixed(0)} ms, ${askedPerRequest.toFixed(2)}`;
}

/** A proxy of its own for each fault, warm before it comes, so that none remembers the last one. */
async function measure(sandbox: Sandbox, contestant: Contestant, fault: Fault): Promise<Outcome> {
  let asked = 0;
  let current: Fault = FAULTS.none.fault;
  const answering = (faultOf: () => Fault) => () => {
    asked++;
    return { body: BODY, fault: faultOf() };
  };
  await using faulty = await ChaosUpstream.start(answering(() => current));
  await using second = await ChaosUpstream.start(answering(() => FAULTS.none.fault));
  await using third = await ChaosUpstream.start(answering(() => FAULTS.none.fault));
  const port = freePort();
  const launch = contestant.launch({ port, targets: [faulty.target, second.target, third.target] });
  const started = await startListening(sandbox, {
    name: `${contestant.name}-${port}`,
    launch,
    core: 0,
    port,
  });
  await askAll(port, REQUESTS);
  [asked, current] = [0, fault];
  const { latencies, failed } = await askAll(port, REQUESTS);
  await sandbox.stop(started);
  latencies.sort((a, b) => a - b);
  return {
    failedShare: failed / REQUESTS,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)]!,
    askedPerRequest: asked / REQUESTS,
  };
}

/** All clients at once, each asking again as soon as it is answered. */
async function askAll(port: number, requests: number): Promise<{ latencies: number[]; failed: number }> {
  const latencies: number[] = [];
  let failed = 0;
  let left = requests;
  const client = async () => {
    while (left-- > 0) {
      const beganMs = performance.now();
      if (!(await isRight(port))) failed++;
      latencies.push(performance.now() - beganMs);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return { latencies, failed };
}

async function isRight(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5_000) });
    return answer.status === 200 && (await answer.text()) === BODY;
  } catch {
    return false;
  }
}
