/** One soak: starts everything in this process, keeps the clients coming, and takes stock at the end. */
import { createRandom, type Random, randomBelow } from "../../src/base/random.ts";
import { parseConfiguration } from "../../src/config/load.ts";
import { realClock } from "../../src/io/real-clock.ts";
import { intervalTicker, TimerWheel } from "../../src/io/timer-wheel.ts";
import { type RunningProxy, startProxy } from "../../src/runtime/start.ts";
import { SoakFault, type SoakPorts, VISITS } from "./clients.ts";
import { type SoakUpstreams, startUpstreams } from "./upstreams.ts";

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Visits under way at once. */
  readonly clients: number;
  readonly progress: (line: string) => void;
}

export interface SoakReport {
  readonly visits: number;
  readonly problems: readonly string[];
}

export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const random = createRandom([options.seed | 1, 2, 3, 4]);
  const upstreams = await startUpstreams(random);
  const timers = new TimerWheel(realClock, intervalTicker());
  const problems: string[] = [];
  const proxy = await startSoakProxy(upstreams, timers, problems);
  const visits = await keepVisiting(proxy, random, options, problems);
  problems.push(...(await leftovers(proxy, timers)));
  proxy.stopNow();
  await proxy.done;
  await upstreams.close();
  return { visits, problems };
}

async function startSoakProxy(
  upstreams: SoakUpstreams,
  timers: TimerWheel,
  problems: string[],
): Promise<RunningProxy> {
  const loaded = parseConfiguration(
    "soak.yaml",
    `
settings:
  timeouts: { head: 2s, body: 2s, response: 2s, idle: 4s, keep_alive: 2s, connect: 2s }
  pool: { idle_timeout: 1s }
listeners: { web: { address: "127.0.0.1:0" }, tcp: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /, targets: ["${upstreams.good}"] }
  - { listen: web, path: /bad, targets: ["${upstreams.bad}"] }
  - { kind: tcp, listen: tcp, targets: ["${upstreams.echo}"], timeouts: { idle: 4s } }
`,
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const started = await startProxy(loaded.value.configuration, {
    adminAddress: null,
    log: (event) => {
      if ("event" in event && event.event === "internal")
        problems.push(`a mistake of ours: ${JSON.stringify(event)}`);
    },
    environment: { timers },
  });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  return started.value;
}

async function keepVisiting(
  proxy: RunningProxy,
  random: Random,
  options: SoakOptions,
  problems: string[],
): Promise<number> {
  const ports = portsOf(proxy);
  const startMs = performance.now();
  const endMs = startMs + options.seconds * 1_000;
  const memory: number[] = [];
  let visits = 0;
  const meter = setInterval(() => {
    memory.push(process.memoryUsage.rss());
    const elapsed = Math.round((performance.now() - startMs) / 1_000);
    options.progress(
      `${elapsed} s: ${visits} visits, ${megabytes(memory.at(-1)!)} MB, ${problems.length} problems`,
    );
  }, METER_MS);
  const client = async (): Promise<void> => {
    while (performance.now() < endMs && problems.length < MAX_PROBLEMS) {
      const [name, visit] = choose(random);
      await visit(ports, random).catch((error: Error) => {
        problems.push(
          `${name}: ${error instanceof SoakFault ? error.message : `${error.name} ${error.message}`}`,
        );
      });
      visits++;
    }
  };
  await Promise.all(Array.from({ length: options.clients }, client));
  clearInterval(meter);
  problems.push(...growth(memory));
  return visits;
}

function choose(random: Random): readonly [string, (typeof VISITS)[number][2]] {
  const total = VISITS.reduce((sum, [, weight]) => sum + weight, 0);
  let at = randomBelow(random, total);
  for (const [name, weight, visit] of VISITS) {
    at -= weight;
    if (at < 0) return [name, visit];
  }
  throw new Error("unreachable");
}

/** The largest of the last quarter beside the largest of the second: what grows without bound shows there. */
function growth(memory: readonly number[]): string[] {
  if (memory.length < 8) return [];
  const quarter = memory.length >> 2;
  const early = Math.max(...memory.slice(quarter, 2 * quarter));
  const late = Math.max(...memory.slice(-quarter));
  if (late < early * 1.3 + 32 * 1024 * 1024) return [];
  return [`memory grew from ${megabytes(early)} to ${megabytes(late)} MB`];
}

/** Everything has its deadline; the longest here is 4 s. Then only listeners and idle connections may be left, then none. */
async function leftovers(proxy: RunningProxy, timers: TimerWheel): Promise<string[]> {
  const endMs = performance.now() + SETTLE_MS;
  for (;;) {
    const left = stock(proxy, timers);
    if (left === null) return [];
    if (performance.now() > endMs) return [`left over: ${left}`];
    await Bun.sleep(50);
  }
}

function stock(proxy: RunningProxy, timers: TimerWheel): string | null {
  const { listeners, targets } = proxy.census();
  const busy = [
    ...listeners.filter(({ connections, unsentBytes }) => connections > 0 || unsentBytes > 0),
    ...targets.filter(({ active, connections, connecting }) => active + connections + connecting > 0),
  ];
  if (busy.length === 0 && timers.size === 0) return null;
  return `${timers.size} timers, ${JSON.stringify(busy)}`;
}

function portsOf(proxy: RunningProxy): SoakPorts {
  const port = (name: string): number => {
    const { address } = proxy.listeners.find((listener) => listener.name === name)!;
    return Number(address.slice(address.lastIndexOf(":") + 1));
  };
  return { web: port("web"), tcp: port("tcp") };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

const METER_MS = 5_000;
const SETTLE_MS = 12_000;
const MAX_PROBLEMS = 20;
