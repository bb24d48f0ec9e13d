/** What several processes count, shown: merged, escaped, bounded, and as both formats want it. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createSharedMemory,
  joinSharedMemory,
  localSharedMemory,
  type OwnedSharedMemory,
} from "../../src/io/shared-memory.ts";
import { collect } from "../../src/observe/metrics/collect.ts";
import { render } from "../../src/observe/metrics/exposition.ts";
import { SharedMeters } from "../../src/observe/metrics/meters.ts";
import { lintExposition } from "./lint-exposition.ts";
import { parseExposition } from "./parse-exposition.ts";

const FORMATS = ["prometheus", "openMetrics"] as const;

test("a request is one more, with its duration, bytes and error", () => {
  const { memory, meters } = local();
  const route = meters.route("web", "shop/0", "api");
  route.ended("GET", 200, 3, 10, 20);
  route.ended("BREW", 502, 700, 0, 5);
  route.failed("upstream.refused");
  const shown = show(memory);
  const labels = 'listener="web",route="shop/0",upstream="api"';
  expect(shown).toContain(`portward_requests_total{${labels},method="GET",code="2xx"} 1\n`);
  expect(shown).toContain(`portward_requests_total{${labels},method="other",code="5xx"} 1\n`);
  expect(shown).toContain(`portward_request_duration_seconds_bucket{${labels},code="2xx",le="0.0025"} 0\n`);
  expect(shown).toContain(`portward_request_duration_seconds_bucket{${labels},code="2xx",le="0.005"} 1\n`);
  expect(shown).toContain(`portward_request_duration_seconds_sum{${labels},code="5xx"} 0.7\n`);
  expect(shown).toContain(`portward_request_body_bytes_total{${labels}} 10\n`);
  expect(shown).toContain(`portward_response_body_bytes_total{${labels}} 25\n`);
  expect(shown).toContain(`portward_request_errors_total{${labels},error="upstream.refused"} 1\n`);
  expect(shown).not.toContain('method="POST"');
});

test("both formats pass the lint with everything counted, whatever the names", () => {
  const { memory, meters } = local();
  for (const name of ["plain", 'quo"te', "back\\slash", "ünï", "comma,equals=brace}"])
    countEverything(meters, name);
  for (const format of FORMATS) {
    const text = show(memory, format);
    expect(lintExposition(text, format)).toEqual([]);
    const listeners = parseExposition(text).families.flatMap(({ samples }) =>
      samples.flatMap(({ labels }) =>
        labels.filter(([label]) => label === "listener").map(([, value]) => value),
      ),
    );
    expect([...new Set(listeners)]).toEqual(["plain", 'quo"te', "back\\slash", "ünï", "comma,equals=brace}"]);
  }
});

test("what several processes count is added up exactly, buckets and all", () => {
  const directory = mkdtempSync(join(tmpdir(), "portward-metrics-"));
  try {
    const created = createSharedMemory({
      paths: [join(directory, "segment")],
      slots: 4,
      wallMs: 0,
    });
    if (!created.ok) throw new Error(created.error.message);
    const memory = created.value;
    declare(SharedMeters.owned(memory.rows, 0, () => 0));
    const single = local();
    declare(single.meters);
    for (const slot of [1, 2, 3]) {
      const joined = joinSharedMemory(memory.path!);
      if (!joined.ok) throw new Error(joined.error.message);
      expect(memory.prepareSlot(slot)).toBe(true);
      const worker = SharedMeters.joined(joined.value.rows, slot, 0);
      // Powers of two, so that their sums do not depend on the order.
      for (let i = 0; i < 200; i++) {
        for (const meters of [worker, single.meters]) {
          meters
            .route("web", "shop/0", "api")
            .ended("GET", 200 + 100 * (i % 4), 2 ** ((i * slot) % 12), i, 1);
        }
      }
    }
    expect(show(memory)).toBe(show(single.memory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("routes beyond the room are counted together, and nothing is lost", () => {
  const memory = localSharedMemory(0, { rowsBytes: 64 * 1024, slotBytes: 256 * 1024 });
  const meters = SharedMeters.owned(memory.rows, 0, () => 0);
  meters.begin();
  for (let i = 0; i < 100; i++) meters.route("web", `shop/${i}`, "api").ended("GET", 200, 1, 0, 0);
  const folded = meters.settle();
  expect(folded).toBeWithin(10, 90);
  const shown = show(memory);
  const folds = `portward_requests_total{listener="other",route="other",upstream="other",method="GET",code="2xx"} ${folded}\n`;
  expect(shown).toContain(folds);
  expect(shown.match(/^portward_requests_total/gm)).toHaveLength(100 - folded + 1);
});

test("a worker that finds no row for a route counts it with the others", () => {
  const { memory } = local();
  const worker = SharedMeters.joined(memory.rows, 0, 0);
  worker.route("web", "not/declared", null).ended("GET", 200, 1, 0, 0);
  expect(show(memory)).toContain('portward_requests_total{listener="other",route="other",upstream="other"');
});

test("a route that a reload removes is shown no more, and has its counts when it is back", () => {
  const { memory, meters } = local();
  const reload = (...routes: string[]) => {
    meters.begin();
    const made = routes.map((route) => meters.route("web", route, "api"));
    expect(meters.settle()).toBe(0);
    return made;
  };
  const [a, b] = reload("a", "b");
  a!.ended("GET", 200, 1, 0, 0);
  b!.ended("GET", 200, 1, 0, 0);
  reload("b");
  expect(show(memory)).not.toContain('route="a"');
  expect(show(memory)).toContain('route="b"');
  reload("a", "b")[0]!.ended("GET", 200, 1, 0, 0);
  expect(show(memory)).toContain('route="a",upstream="api",method="GET",code="2xx"} 2\n');
});

test("what was counted before a failed reload stays where it was", () => {
  const { memory, meters } = local();
  meters.begin();
  meters.route("web", "a", "api").ended("GET", 200, 1, 0, 0);
  meters.settle();
  meters.begin();
  meters.route("web", "b", "api");
  expect(show(memory)).toContain('route="a",upstream="api",method="GET",code="2xx"} 1\n');
});

test("how a process is shows only while it is there", () => {
  const { memory, meters } = local();
  meters.process().set({ residentBytes: 5, heapBytes: 4, heapSizeBytes: 6, openDescriptors: 7, cpuMs: 1500 });
  expect(show(memory)).not.toContain("portward_worker");
  memory.takeSlot(0, 1, 0);
  meters.process().set({ residentBytes: 5, heapBytes: 4, heapSizeBytes: 6, openDescriptors: 7, cpuMs: 1500 });
  expect(show(memory)).toContain('portward_worker_cpu_seconds_total{worker="0"} 1.5\n');
  memory.freeSlot(0);
  expect(show(memory)).not.toContain("portward_worker");
});

function local() {
  const memory = localSharedMemory(0);
  return { memory, meters: SharedMeters.owned(memory.rows, 0, () => 0) };
}

function declare(meters: SharedMeters): void {
  meters.begin();
  meters.route("web", "shop/0", "api");
  meters.settle();
}

function show(memory: OwnedSharedMemory, format: (typeof FORMATS)[number] = "prometheus"): string {
  return render(collect(memory.rows, memory.workers.list()), format);
}

function countEverything(meters: SharedMeters, name: string): void {
  const route = meters.route(name, null, null);
  for (const [i, method] of ["GET", "POST", "X"].entries()) route.ended(method, 150 + 100 * i, 10 ** i, i, i);
  route.failed("route.not_found");
  const tunnel = meters.tunnel(name, name, name);
  tunnel.ended(1e9, 1, 2);
  tunnel.failed("upstream.refused");
  const listener = meters.listener(name);
  listener.connectionOpened();
  listener.turnedAway();
  listener.handshakeDone();
  listener.handshakeFailed();
  listener.requestBegun();
  const target = meters.target(name, "127.0.0.1:80");
  target.attempted(true);
  target.connected(false);
  target.answered(200, 0.1);
  target.failed("upstream.refused");
  meters.upstream(name).set(3);
  target.addLoad({ active: 1, connections: 4, connecting: 1, idle: 2, out: "down", panic: true });
  target.ejected();
  meters.process().late(3);
  meters.instance().reloaded(true, 1_700_000_000_000);
}
