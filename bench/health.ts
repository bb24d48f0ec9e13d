/**
 * Nanoseconds that a request costs its upstream: a target is chosen, the request begins, its answer is judged, it ends.
 * `bin/bun bench/health.ts`. Each figure is the lowest of many short rounds, interleaved over all cases; of each case one
 * alone, and one that acts as one with three other workers, who do nothing meanwhile.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Timers } from "../src/base/clock.ts";
import { createRandom } from "../src/base/random.ts";
import { STANDARD_BALANCE } from "../src/config/schema/balance.ts";
import { NO_BREAKER, STANDARD_OUTLIERS } from "../src/config/schema/protection.ts";
import type { Resolver } from "../src/io/resolver.ts";
import { createSharedMemory } from "../src/io/shared-memory.ts";
import { SharedMeters } from "../src/observe/metrics/meters.ts";
import type { PickRequest } from "../src/upstream/balancer/balancer.ts";
import { Target } from "../src/upstream/target.ts";
import { Upstream, type UpstreamSettings } from "../src/upstream/upstream.ts";
import { NO_POOL } from "../test/support/no-pool.ts";

const ROUNDS = 60;
const REQUESTS_PER_ROUND = 20_000;
/** The loop's clock moves on once for so many of them. */
const REQUESTS_PER_MS = 16;
const TARGETS = 3;
const REQUEST: PickRequest = { keyOf: () => null };
const NONE: readonly Target[] = [];
const SIZES = { rowsBytes: 64 * 1024, slotBytes: 256 * 1024 };

let nowMs = 1_000_000;
const timers: Timers = { clock: { nowMs: () => nowMs, wallMs: () => 0 }, arm() {}, disarm() {} };
const watched = { name: "h", addresses: ["127.0.0.1"], failure: null, first: Promise.resolve() };
const resolver: Resolver = { watch: () => watched, unwatch() {}, reconfigure() {}, close() {} };

const PLAIN: UpstreamSettings = { balance: STANDARD_BALANCE, outliers: null, breaker: NO_BREAKER };
const circuit = {
  errorShare: 0.5,
  statuses: [500, 502, 503, 504],
  minRequests: 20,
  windowMs: 10_000,
  openMs: 5_000,
  probes: 3,
};
const CASES = {
  "nothing judged": PLAIN,
  "as it comes": { ...PLAIN, outliers: STANDARD_OUTLIERS },
  "everything on": {
    ...PLAIN,
    outliers: { ...STANDARD_OUTLIERS, errorShare: 0.3, latencyFactor: 3 },
    breaker: { ...NO_BREAKER, requests: 1_000, adaptive: true, circuit },
  },
} as const satisfies Record<string, UpstreamSettings>;

const folder = mkdtempSync(join(tmpdir(), "portward-bench-"));
const cases = Object.entries(CASES).flatMap(([name, settings]) => [
  { name, upstream: upstreamOf(settings), bestNs: Number.POSITIVE_INFINITY },
  { name: `${name}, of four`, upstream: oneOfFour(name, settings), bestNs: Number.POSITIVE_INFINITY },
]);
rmSync(folder, { recursive: true });
for (let round = 0; round < ROUNDS; round++) {
  for (const each of cases) each.bestNs = Math.min(each.bestNs, roundNs(each.upstream));
}
for (const { name, bestNs } of cases) console.log(`${name.padEnd(26)} ${bestNs.toFixed(0).padStart(4)} ns`);

function upstreamOf(settings: UpstreamSettings): Upstream {
  const targets = Array.from({ length: TARGETS }, (_, i) => {
    const address = { kind: "tcp", host: "h", port: 1 + i } as const;
    return new Target(
      { address, weight: 1, priority: 0, zone: null, protocol: "http1" },
      NO_POOL,
      resolver,
      timers,
    );
  });
  return new Upstream("group", targets, settings, { random: createRandom([1, 2, 3, 4]), timers });
}

function oneOfFour(name: string, settings: UpstreamSettings): Upstream {
  const upstream = upstreamOf(settings);
  const path = join(folder, name);
  const made = createSharedMemory({ paths: [path], slots: 16, wallMs: 0, sizes: SIZES });
  if (!made.ok) throw new Error(made.error.message);
  for (let slot = 0; slot < 4; slot++) made.value.prepareSlot(slot);
  const owner = SharedMeters.owned(made.value.rows, 0, () => 0);
  const meters = SharedMeters.joined(made.value.rows, 0, 0);
  for (const target of upstream.targets) {
    owner.target("group", target.name);
    target.useMeter(meters.target("group", target.name));
  }
  owner.upstream("group");
  upstream.useMeter(meters.upstream("group"));
  return upstream;
}

function roundNs(upstream: Upstream): number {
  const begin = performance.now();
  for (let request = 0; request < REQUESTS_PER_ROUND; request++) {
    if (request % REQUESTS_PER_MS === 0) nowMs++;
    const target = upstream.pick(REQUEST, NONE)!;
    target.hold();
    target.answered(200, 5, nowMs);
    target.release();
  }
  return ((performance.now() - begin) * 1e6) / REQUESTS_PER_ROUND;
}
