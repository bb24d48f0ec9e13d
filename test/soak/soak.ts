/**
 * Mixed load on a proxy in a process of its own, and then the questions: did every completed answer have the right
 * bytes, did everything come to an end, and is anything left - a connection, a count, a timer, memory?
 */
import { createRandom, randomBelow } from "../../src/base/random.ts";
import { ProxyProcess, type ProxySize } from "../support/proxy-process.ts";
import { SCENARIOS, type Scenario, type SoakContext } from "./soak-scenarios.ts";
import { DyingUpstream, WellUpstream } from "./soak-upstreams.ts";

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly clients: number;
  /** Told about once a second. */
  readonly onProgress: (line: string) => void;
}

export interface SoakOutcome {
  /** Empty when all is well. */
  readonly faults: readonly string[];
  readonly summary: string;
}

export async function soak({ seconds, seed, clients, onProgress }: SoakOptions): Promise<SoakOutcome> {
  const random = createRandom([seed, 2, 3, 4]);
  const faults: string[] = [];
  const well = new WellUpstream(faults);
  const dying = new DyingUpstream(random);
  const restarting = new DyingUpstream(random);
  const restartingPort = restarting.start();
  await using proxy = await ProxyProcess.start(
    configuration(await well.start(), dying.start(), restartingPort),
  );
  const context: SoakContext = { http: proxy.ports[0]!, tcp: proxy.ports[1]!, random, faults, counts: {} };
  const restarts = setInterval(() => void restart(restarting, restartingPort), 300);
  const before = await underLoad(proxy, context, { seconds, clients, onProgress });
  clearInterval(restarts);
  const after = await untilQuiet(proxy, faults);
  well.stop();
  dying.stop();
  restarting.stop();
  if (after !== null) compare(before, after, faults);
  return { faults, summary: summaryOf(context, before, after) };
}

/** The size after a fifth of the time, when everything has been in use. */
async function underLoad(
  proxy: ProxyProcess,
  context: SoakContext,
  { seconds, clients, onProgress }: Pick<SoakOptions, "seconds" | "clients" | "onProgress">,
): Promise<ProxySize> {
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  const running = Array.from({ length: clients }, () => clientUntil(endMs, context));
  const progress = setInterval(
    async () => {
      const { rssBytes, census } = await proxy.size();
      const connections = census.listeners.reduce((sum, listener) => sum + listener.connections, 0);
      onProgress(
        `${Math.round((performance.now() - startMs) / 1000)} s  ${total(context)} runs  ${connections} connections  ${mib(rssBytes)} MiB  ${context.faults.length} faults`,
      );
    },
    Math.max(1_000, seconds * 20),
  );
  await Bun.sleep(seconds * 200);
  const early = await proxy.size(true);
  await Promise.all(running);
  clearInterval(progress);
  return early;
}

async function clientUntil(endMs: number, context: SoakContext): Promise<void> {
  while (performance.now() < endMs) {
    const [name, run] = someScenario(context);
    await run(context).catch((error) => context.faults.push(`${name}: ${error}`));
    context.counts[name] = (context.counts[name] ?? 0) + 1;
  }
}

function someScenario(context: SoakContext): readonly [string, Scenario] {
  let at = randomBelow(context.random, WEIGHTS);
  for (const [name, weight, run] of SCENARIOS) {
    at -= weight;
    if (at < 0) return [name, run];
  }
  throw new Error("unreachable");
}

/** Away for a moment, with a RST on all its connections. */
async function restart(upstream: DyingUpstream, port: number): Promise<void> {
  upstream.stop();
  await Bun.sleep(50);
  try {
    upstream.start(port);
  } catch {
    // Somebody got the port: it stays away.
  }
}

/** No clients, no exchanges, and in time no idle connection and no timer. Null when that does not come. */
async function untilQuiet(proxy: ProxyProcess, faults: string[]): Promise<ProxySize | null> {
  const endMs = performance.now() + QUIET_MS;
  for (;;) {
    const size = await proxy.size(true);
    const { listeners, targets } = size.census;
    const open = [
      ...listeners.filter(({ connections }) => connections > 0),
      ...targets.filter(({ active, connections }) => active > 0 || connections > 0),
    ];
    if (open.length === 0 && size.deadlines === 0) {
      for (const mistake of size.mistakes) faults.push(`a mistake of ours: ${JSON.stringify(mistake)}`);
      return size;
    }
    if (performance.now() > endMs) {
      faults.push(`left open: ${JSON.stringify(open)}, ${size.deadlines} timers`);
      return null;
    }
    await Bun.sleep(100);
  }
}

function compare(before: ProxySize, after: ProxySize, faults: string[]): void {
  const heap = after.heapBytes - before.heapBytes;
  const objects = after.objects - before.objects;
  if (heap > HEAP_BYTES) faults.push(`the heap grew by ${mib(heap)} MiB`);
  if (objects > OBJECTS) faults.push(`${objects} objects more than before`);
  const grown = after.rssBytes - before.rssBytes;
  if (grown > RSS_BYTES) faults.push(`the process grew by ${mib(grown)} MiB`);
}

function summaryOf(context: SoakContext, before: ProxySize, after: ProxySize | null): string {
  const parts = Object.entries(context.counts).map(([what, times]) => `${what} ${times}`);
  const sizes =
    after === null
      ? ""
      : `; heap ${mib(before.heapBytes)} → ${mib(after.heapBytes)} MiB, objects ${before.objects} → ${after.objects}, process ${mib(before.rssBytes)} → ${mib(after.rssBytes)} MiB`;
  return `${parts.sort().join(", ")}${sizes}`;
}

function total(context: SoakContext): number {
  return SCENARIOS.reduce((sum, [name]) => sum + (context.counts[name] ?? 0), 0);
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

/** Short timeouts, so that whatever stalls is cut within the soak. */
function configuration(well: number, dying: number, restarting: number): string {
  const local = (port: number) => `"127.0.0.1:${port}"`;
  return `
settings:
  timeouts: { connect: 2s, head: 1s, body: 1s, response: 1s, idle: 1s, keep_alive: 1s }
  pool: { idle_timeout: 1s }
listeners: { web: { address: "127.0.0.1:0" }, raw: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /well, targets: [${local(well)}], timeouts: { body: 10s, response: 10s, idle: 10s } }
  - { listen: web, path: /half-dead, targets: [${local(well)}, "127.0.0.1:1"], timeouts: { body: 10s, response: 10s, idle: 10s } }
  - { listen: web, path: /stalling, targets: [${local(well)}] }
  - { listen: web, path: /dying, targets: [${local(dying)}] }
  - { listen: web, path: /restarting, targets: [${local(restarting)}] }
  - { listen: web, path: /, respond: { status: 200, body: "hello" } }
  - { kind: tcp, listen: raw, targets: [${local(well)}] }
`;
}

const WEIGHTS = SCENARIOS.reduce((sum, [, weight]) => sum + weight, 0);
/** Longer than the idle timeouts, and than the kernel tries to connect to a port that has gone. */
const QUIET_MS = 20_000;
/** What may differ between two moments of a process that leaks nothing. */
const HEAP_BYTES = 4 * 1024 * 1024;
const OBJECTS = 10_000;
const RSS_BYTES = 64 * 1024 * 1024;
