/**
 * `npm run bench:attacks [ROUNDS] [PEER…] [ATTACK…]`: what other clients notice of an attacker. For each attack on HTTP/2, clients that
 * behave ask at a steady rate, over HTTP/1.1, while the attacker turns from a listener of its own to the proxy and back, window
 * by window; the ratio of the 99th percentiles is formed from neighbouring windows. It prints the table of docs/http2.md.
 */
import { LoadProcess } from "../load/commands.ts";
import type { SteadyCommand, SteadyReply } from "../load/steady.ts";
import { useOfTree } from "../measure/cpu.ts";
import { spreadOf } from "../measure/stats.ts";
import { launchOrigin, SMALL_PATH } from "../origin.ts";
import { haproxy } from "../peers/haproxy.ts";
import { nginx } from "../peers/nginx.ts";
import { ONLY_HTTP1, type Peer } from "../peers/peer.ts";
import { portward } from "../peers/portward.ts";
import { findPrograms } from "../prerequisites.ts";
import { freePort, type PipedProcess, Sandbox } from "../sandbox.ts";
import { startListening } from "../start.ts";
import { ATTACKS } from "./attacks.ts";

const PEERS: readonly Peer[] = [portward, nginx, haproxy];
const WINDOW_SECONDS = 2;
/** The first moment belongs to neither side. */
const SETTLING_MS = 150;
const WARM_UP_WINDOWS = 5;
const rounds = Number(process.argv[2] ?? 5);
const names = process.argv.slice(3);
const chosen = named(PEERS) ?? [portward];
const attacks = named(ATTACKS) ?? ATTACKS;

findPrograms();
const sandbox = await Sandbox.open();
try {
  const originPort = freePort();
  const origin = { launch: launchOrigin(originPort, false), core: 1, port: originPort };
  await startListening(sandbox, { name: "origin", ...origin });
  const clients = await LoadProcess.start<unknown, SteadyCommand, SteadyReply>(sandbox, "steady.ts", 1);
  for (const peer of chosen) {
    console.log(`\n${peer.name.padEnd(20)}  p99 without      with      ratio of p99          of its core`);
    const proxy = await begin(peer, originPort);
    for (const { name } of attacks) console.log(await underAttack(name, proxy, clients));
    await sandbox.stop(proxy.process);
  }
} finally {
  await sandbox.close();
}

/** Those of a kind that are asked for by name; null: none in particular. */
function named<T extends { readonly name: string }>(all: readonly T[]): readonly T[] | null {
  const asked = all.filter(({ name }) => names.includes(name));
  return asked.length > 0 ? asked : null;
}

interface Proxy {
  readonly process: PipedProcess;
  /** Where the attacker goes, and where clients do. */
  readonly port: number;
  readonly url: string;
}

async function begin(peer: Peer, originPort: number): Promise<Proxy> {
  const port = freePort();
  // Portward tells the versions apart.
  const http1Port = peer === portward ? port : freePort();
  const h2 = { ...ONLY_HTTP1, downstream: true };
  const site = { kind: "http", tls: false, h2, routes: 1, log: false, port, originPort } as const;
  const launch = peer.launch(http1Port === port ? site : { ...site, http1Port });
  const process = await startListening(sandbox, { name: peer.name, launch, core: 0, port });
  return { process, port, url: `http://127.0.0.1:${http1Port}${SMALL_PATH}` };
}

async function underAttack(
  name: string,
  { process: proxy, port, url }: Proxy,
  clients: LoadProcess<unknown, SteadyCommand, SteadyReply>,
): Promise<string> {
  // It runs on the clients' core, where it must not be what they wait for.
  const command = ["nice", "-n", "19", process.execPath, `${import.meta.dir}/attacker.ts`, `${port}`, name];
  const attacker = sandbox.start({ name: "attacker", core: 1, command });
  const calm: number[] = [];
  const attacked: number[] = [];
  const shares: number[] = [];
  const window = async (turn: "on" | "off"): Promise<number> => {
    attacker.stdin.write(`${turn}\n`);
    attacker.stdin.flush();
    await Bun.sleep(SETTLING_MS);
    return (await clients.ask({ url, seconds: WINDOW_SECONDS })).p99Ms;
  };
  // An attacker takes a few percent of the core, so it takes ten seconds until its code is compiled, on that core, and then never again.
  for (let each = 0; each < WARM_UP_WINDOWS; each++) await window("on");
  for (let round = 0; round < rounds; round++) {
    calm.push(await window("off"));
    const before = useOfTree(proxy.pid).cpuNs;
    const beganMs = performance.now();
    attacked.push(await window("on"));
    shares.push((useOfTree(proxy.pid).cpuNs - before) / 1e4 / (performance.now() - beganMs));
  }
  if (attacker.exitCode !== null) throw new Error(`the attacker ended: ${await sandbox.logOf("attacker")}`);
  await sandbox.stop(attacker);
  const ratio = spreadOf(attacked.map((value, i) => value / calm[i]!))!;
  const ms = (values: number[]): string => `${spreadOf(values)!.median.toFixed(2)} ms`.padStart(10);
  const spread = `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`;
  return `${name.padEnd(20)}  ${ms(calm)}${ms(attacked)}      ${spread.padEnd(22)}${spreadOf(shares)!.median.toFixed(0)} %`;
}
