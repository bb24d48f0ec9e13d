/**
 * `npm run bench:attacks`: what other clients notice of an attacker. For each attack on HTTP/2, clients that behave ask at a
 * steady rate, over HTTP/1.1, while the attacker turns from a listener of its own to the proxy and back, window by
 * window; the ratio of the 99th percentiles is formed from neighbouring windows. It prints the table of docs/http2.md.
 */
import { spreadOf } from "../measure/stats.ts";
import { launchOrigin, SMALL_PATH } from "../origin.ts";
import { portward } from "../peers/portward.ts";
import { findPrograms } from "../prerequisites.ts";
import { freePort, type PipedProcess, Sandbox } from "../sandbox.ts";
import { startListening } from "../start.ts";
import { ATTACKS } from "./attacks.ts";

const CLIENTS = 4;
const REQUESTS_PER_SECOND = 500;
const WINDOW_MS = 1_000;
/** The first moment belongs to neither side. */
const SETTLING_MS = 150;
const rounds = Number(process.argv[2] ?? 5);

findPrograms();
const sandbox = await Sandbox.open();
try {
  const originPort = freePort();
  const origin = { launch: launchOrigin(originPort, false), core: 1, port: originPort };
  await startListening(sandbox, { name: "origin", ...origin });
  const port = freePort();
  const h2 = { downstream: true, upstream: false };
  const launch = portward.launch({ kind: "http", tls: false, h2, routes: 1, log: false, port, originPort });
  await startListening(sandbox, { name: "portward", launch, core: 0, port });
  console.log("attack               p99 without      with      ratio of p99");
  for (const { name } of ATTACKS) console.log(await underAttack(name, port));
} finally {
  await sandbox.close();
}

async function underAttack(name: string, port: number): Promise<string> {
  // It runs on the clients' core, where it must not be what they wait for.
  const command = ["nice", "-n", "19", process.execPath, `${import.meta.dir}/attacker.ts`, `${port}`, name];
  const attacker = sandbox.start({ name: "attacker", core: 1, command });
  const calm: number[] = [];
  const attacked: number[] = [];
  for (let round = 0; round < rounds; round++) {
    calm.push(await p99Of(attacker, "off", port));
    attacked.push(await p99Of(attacker, "on", port));
  }
  if (attacker.exitCode !== null) throw new Error(`the attacker ended: ${await sandbox.logOf("attacker")}`);
  await sandbox.stop(attacker);
  const ratio = spreadOf(attacked.map((value, i) => value / calm[i]!))!;
  const ms = (values: number[]): string => `${spreadOf(values)!.median.toFixed(2)} ms`.padStart(10);
  const { median, min, max } = ratio;
  return `${name.padEnd(20)}  ${ms(calm)}${ms(attacked)}      ${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
}

async function p99Of(attacker: PipedProcess, turn: "on" | "off", port: number): Promise<number> {
  attacker.stdin.write(`${turn}\n`);
  attacker.stdin.flush();
  await Bun.sleep(SETTLING_MS);
  const timesMs = (await Promise.all(Array.from({ length: CLIENTS }, (_, i) => ask(port, i)))).flat();
  timesMs.sort((a, b) => a - b);
  return timesMs[Math.floor(timesMs.length * 0.99)]!;
}

/** One client's part of the rate, for a window. Of who is behind, a request's time counts from when it was due. */
async function ask(port: number, index: number): Promise<number[]> {
  const everyMs = (1_000 * CLIENTS) / REQUESTS_PER_SECOND;
  const beganMs = performance.now() + (everyMs * index) / CLIENTS;
  const timesMs: number[] = [];
  for (let dueMs = beganMs; dueMs < beganMs + WINDOW_MS; dueMs += everyMs) {
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await Bun.sleep(earlyMs);
    const fromMs = earlyMs > 0 ? performance.now() : dueMs;
    const response = await fetch(`http://127.0.0.1:${port}${SMALL_PATH}`);
    await response.text();
    timesMs.push(performance.now() - fromMs);
  }
  return timesMs;
}
