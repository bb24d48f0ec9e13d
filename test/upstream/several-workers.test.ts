/**
 * The same upstream in several workers, each with a slot in one memory: limits hold for all of them together, what one
 * concludes holds for all, and one that dies takes its part along.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STANDARD_BALANCE } from "../../src/config/schema/balance.ts";
import { NO_BREAKER, STANDARD_OUTLIERS } from "../../src/config/schema/protection.ts";
import type { Resolver } from "../../src/io/resolver.ts";
import { createSharedMemory, joinSharedMemory, type OwnedSharedMemory } from "../../src/io/shared-memory.ts";
import { TICK_MS, TimerWheel } from "../../src/io/timer-wheel.ts";
import { SharedMeters } from "../../src/observe/metrics/meters.ts";
import { ConnectionCount } from "../../src/upstream/joint/connection-count.ts";
import { Target } from "../../src/upstream/target.ts";
import { NO_KEY, random } from "../../src/upstream/test-support/candidates.ts";
import { Upstream, type UpstreamSettings } from "../../src/upstream/upstream.ts";

const NAMES = ["h:1", "h:2", "h:3"];
const STANDARD: UpstreamSettings = { balance: STANDARD_BALANCE, outliers: null, breaker: NO_BREAKER };
const CIRCUIT = {
  errorShare: 0.5,
  statuses: [500],
  minRequests: 10,
  windowMs: 10_000,
  openMs: 5_000,
  probes: 2,
};
/** The clocks of processes begin when they do: what each has to add for the time of all. */
const EPOCHS_MS = [7_000.25, 0, 123_456.5, 31.125];
const SIZES = { rowsBytes: 64 * 1024, slotBytes: 256 * 1024 };
const NAME = { name: "h", addresses: ["127.0.0.1"], failure: null, first: Promise.resolve() };
const RESOLVER: Resolver = { watch: () => NAME, unwatch() {}, reconfigure() {}, close() {} };
const POOL = {
  idleConnections: 1,
  idleTimeoutMs: 1,
  maxAgeMs: 1,
  connections: 3,
  pendingConnects: 1,
  codec: { headBytes: 1, lineBytes: 1, fieldCount: 1, chunkExtensionBytes: 1 },
};

const folder = mkdtempSync(join(tmpdir(), "portward-workers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

class Worker {
  readonly upstream: Upstream;
  readonly timers: TimerWheel;
  readonly #slot: number;
  readonly #meters: SharedMeters;
  readonly #held: Target[] = [];
  /** How many wait for their turn. */
  queued = 0;

  constructor(memory: OwnedSharedMemory, slot: number, settings: UpstreamSettings, allMs: () => number) {
    const joined = joinSharedMemory(memory.path!);
    if (!joined.ok || !memory.prepareSlot(slot)) throw new Error("no place");
    this.#slot = slot;
    joined.value.takeSlot(slot, 1 + slot, 0);
    const clock = { nowMs: () => allMs() - EPOCHS_MS[slot]!, wallMs: () => 0 };
    this.timers = new TimerWheel(clock, { start() {}, stop() {} });
    const targets = NAMES.map((_, i) => this.#make(i + 1));
    this.upstream = new Upstream("group", targets, settings, { random: random(), timers: this.timers });
    this.#meters = SharedMeters.joined(joined.value.rows, slot, EPOCHS_MS[slot]!);
    this.useMeters("group");
  }

  useMeters(name: string): void {
    for (const target of this.upstream.targets) target.useMeter(this.#meters.target(name, target.name));
    this.upstream.useMeter(this.#meters.upstream(name));
  }

  get active(): number {
    return this.#held.length;
  }

  begin(): boolean {
    const target = this.upstream.pick(NO_KEY, []);
    target?.hold();
    if (target !== null) this.#held.push(target);
    return target !== null;
  }

  /** As many as there is room for. @returns how many that are */
  fill(): number {
    let count = 0;
    while (this.begin()) count++;
    return count;
  }

  end(count = this.active): void {
    for (const target of this.#held.splice(0, count)) target.release();
  }

  wait(): boolean {
    const onTurn = () => {
      const begun = this.begin();
      if (begun) this.queued--;
      return begun;
    };
    const waits = this.upstream.wait({ onTurn });
    if (waits) this.queued++;
    return waits;
  }

  fail(name: string, times = 1): void {
    for (let i = 0; i < times; i++) this.target(name).failed(1, this.timers.clock.nowMs());
  }

  answer(name: string, status = 200, times = 1): void {
    for (let i = 0; i < times; i++) this.target(name).answered(status, 5, this.timers.clock.nowMs());
  }

  target(name: string): Target {
    return this.upstream.targets.find((target) => target.name === name)!;
  }

  /** What takes no request, as a request that comes now finds it. */
  get out(): string {
    this.upstream.look();
    return this.upstream.targets.flatMap(({ name, health }) => (health.out === null ? [] : name)).join(" ");
  }

  circuitOf(name: string): string {
    this.upstream.look();
    return this.target(name).health.circuit!.state;
  }

  #make(port: number): Target {
    const address = { kind: "tcp", host: "h", port } as const;
    const spec = { address, weight: 1, priority: 0, zone: null, protocol: "http1" } as const;
    return new Target(spec, POOL, RESOLVER, this.timers);
  }

  /** As a process that is killed: nothing of it is heard again, and the supervisor gives its slot back. */
  die(memory: OwnedSharedMemory): void {
    memory.freeSlot(this.#slot);
  }
}

class Scene {
  readonly all: readonly Worker[];
  readonly memory: OwnedSharedMemory;
  #allMs = 5_000_000;
  #settings: UpstreamSettings;

  constructor(workers: number, settings: Partial<UpstreamSettings>) {
    const path = join(mkdtempSync(join(folder, "segment-")), "segment");
    const created = createSharedMemory({ paths: [path], slots: 4, wallMs: 0, sizes: SIZES });
    if (!created.ok) throw new Error(created.error.message);
    this.memory = created.value;
    this.#settings = { ...STANDARD, ...settings };
    for (const group of ["group", "renamed"]) this.declare(group);
    this.all = Array.from({ length: workers }, (_, slot) => this.worker(slot));
  }

  declare(group: string): void {
    const owner = SharedMeters.owned(this.memory.rows, 0, () => 0);
    owner.upstream(group);
    for (const name of NAMES) owner.target(group, name);
  }

  worker(slot: number): Worker {
    return new Worker(this.memory, slot, this.#settings, () => this.#allMs);
  }

  advance(ms: number): void {
    const endMs = this.#allMs + ms;
    while (this.#allMs < endMs) {
      this.#allMs = Math.min(endMs, this.#allMs + TICK_MS);
      for (const { timers } of this.all) timers.advance();
    }
  }
}

function limited(breaker: Partial<UpstreamSettings["breaker"]>): Partial<UpstreamSettings> {
  return { breaker: { ...NO_BREAKER, ...breaker } };
}

describe("limits", () => {
  for (const [what, breaker] of [
    ["of the upstream", { requests: 12 }],
    ["of each target", { requestsPerTarget: 4 }],
  ] as const) {
    test(`${what} hold for all workers together`, () => {
      const { all } = new Scene(4, limited(breaker));
      const [a, b, c] = all as [Worker, Worker, Worker, Worker];
      expect([a.begin(), a.begin(), b.begin()]).toEqual([true, true, true]);
      expect(c.fill()).toBe(9);
      for (const worker of all) expect(worker.begin()).toBe(false);
      a.end(1);
      expect(b.fill()).toBe(1);
      for (const worker of all) worker.end();
      expect(a.fill()).toBe(12);
    });

    test(`${what}: those of a worker that dies come free with its slot`, () => {
      const scene = new Scene(2, limited(breaker));
      const [a, b] = scene.all as [Worker, Worker];
      expect(a.fill()).toBe(12);
      expect(b.begin()).toBe(false);
      a.die(scene.memory);
      expect(b.fill()).toBe(12);
      const next = scene.worker(0);
      expect(next.begin()).toBe(false);
      b.end(2);
      expect(next.fill()).toBe(2);
    });
  }

  test("a limit that a reload sets counts what is under way already", () => {
    const { all } = new Scene(2, {});
    const [a, b] = all as [Worker, Worker];
    for (let i = 0; i < 5; i++) a.begin();
    for (const { upstream } of all)
      upstream.use(upstream.targets, { ...STANDARD, ...limited({ requests: 8 }) });
    expect(b.fill()).toBe(3);
  });

  test("a request that was begun counts where its upstream counts after it was renamed", () => {
    const { all } = new Scene(2, limited({ requests: 6 }));
    const [a, b] = all as [Worker, Worker];
    a.begin();
    for (const worker of all) worker.useMeters("renamed");
    expect(b.fill()).toBe(5);
    a.end();
    expect(b.fill()).toBe(1);
  });

  test("connections to a target and connects under way are the target's, not each worker's", () => {
    const { all } = new Scene(2, {});
    const [a, b] = all as [Worker, Worker];
    const [one, other] = [a.target("h:1"), b.target("h:1")];
    expect([one.openTunnel(), one.openTunnel(), other.openTunnel()]).toEqual([null, null, null]);
    expect(other.openTunnel()).toBe("limit.target_connections");
    expect(b.target("h:2").openTunnel()).toBeNull();
    one.closeTunnel();
    expect(other.openTunnel()).toBeNull();
    one.leave();
    expect(other.openTunnel()).toBeNull();
  });

  test("no worker keeps more idle connections than its part of what the target bears", () => {
    const { all } = new Scene(3, {});
    const count = new ConnectionCount();
    count.use(all[0]!.target("h:1").meter.joint);
    expect([0, 1, 2].map((idle) => count.mayKeep(idle, POOL))).toEqual([true, false, false]);
    expect(count.mayKeep(1_000, { connections: 16_384, pendingConnects: 1 })).toBe(true);
    expect(count.mayKeep(0, { connections: 2, pendingConnects: 1 })).toBe(false);
    count.use(null);
    expect(count.mayKeep(2, POOL)).toBe(true);
  });

  test("of places that come free, those who wait elsewhere get their part", () => {
    const scene = new Scene(2, limited({ requests: 6, queue: 20, queueMs: 1_000 }));
    const [a, b] = scene.all as [Worker, Worker];
    expect(a.fill()).toBe(6);
    for (let i = 0; i < 10; i++) expect([a.wait(), b.wait()]).toEqual([true, true]);
    expect(b.wait()).toBe(false);
    for (let round = 0; round < 6; round++) {
      a.end(1);
      scene.advance(2 * TICK_MS);
      expect(a.active + b.active).toBe(6);
    }
    expect([a.active, b.active]).toEqual([3, 3]);
    while (a.queued + b.queued > 0) {
      for (const worker of scene.all) worker.end(1);
      scene.advance(2 * TICK_MS);
    }
    expect(a.active + b.active).toBeLessThanOrEqual(6);
  });

  test("of one place, each gets it at last", () => {
    const scene = new Scene(3, limited({ requests: 1, queue: 30, queueMs: 1_000 }));
    const [a] = scene.all as [Worker];
    a.begin();
    for (const worker of scene.all) for (let i = 0; i < 5; i++) worker.wait();
    const served = () => scene.all.map(({ queued }) => queued);
    for (let round = 0; round < 15; round++) {
      for (const worker of scene.all) worker.end();
      scene.advance(2 * TICK_MS);
    }
    expect(served()).toEqual([0, 0, 0]);
  });
});

describe("retries", () => {
  test("are paid out of one account, with one reserve", () => {
    const { all } = new Scene(4, {});
    let granted = 0;
    for (let i = 0; i < 40; i++) if (all[i % 4]!.upstream.retryBudget.take(0)) granted++;
    expect(granted).toBe(10);
    for (let i = 0; i < 10; i++) all[0]!.upstream.retryBudget.deposit(0.2);
    expect([0, 1, 2].map((i) => all[i + 1]!.upstream.retryBudget.take(0))).toEqual([true, true, false]);
    expect(all[1]!.upstream.hedgeBudget.take(0)).toBe(true);
  });
});

describe("outliers", () => {
  const outliers = { ...STANDARD_OUTLIERS, consecutive: 5, maxEjected: 0.4 };

  test("whom one worker ejects is out for all, and comes back for all", () => {
    const scene = new Scene(3, { outliers });
    const [a, b, c] = scene.all as [Worker, Worker, Worker];
    a.fail("h:1", 5);
    expect([a.out, b.out, c.out]).toEqual(["h:1", "h:1", "h:1"]);
    scene.advance(outliers.ejectMs - TICK_MS);
    expect([a.out, b.out, c.out]).toEqual(["h:1", "h:1", "h:1"]);
    scene.advance(2 * TICK_MS);
    expect([a.out, b.out, c.out]).toEqual(["", "", ""]);
    b.fail("h:1", 5);
    scene.advance(outliers.ejectMs + TICK_MS);
    expect([a.out, b.out, c.out]).toEqual(["h:1", "h:1", "h:1"]);
    scene.advance(outliers.ejectMs);
    expect([a.out, b.out, c.out]).toEqual(["", "", ""]);
  });

  test("failures in a row are those of all, and a success anywhere ends the row", () => {
    const scene = new Scene(3, { outliers });
    const [a, b, c] = scene.all as [Worker, Worker, Worker];
    a.fail("h:1", 2);
    b.fail("h:1", 2);
    scene.advance(TICK_MS);
    c.answer("h:1");
    scene.advance(TICK_MS);
    a.fail("h:1", 2);
    b.fail("h:1", 2);
    expect(a.out).toBe("");
    c.fail("h:1");
    expect([a.out, b.out, c.out]).toEqual(["h:1", "h:1", "h:1"]);
  });

  test("never are more out than may be, whoever ejects", () => {
    const { all } = new Scene(3, { outliers });
    const [a, b, c] = all as [Worker, Worker, Worker];
    a.fail("h:1", 5);
    b.fail("h:2", 5);
    expect([a.out, b.out, c.out]).toEqual(["h:1", "h:1", "h:1"]);
  });

  test("the share of errors is that of all", () => {
    const scene = new Scene(2, {
      outliers: { ...outliers, errorShare: 0.5, consecutive: Number.POSITIVE_INFINITY },
    });
    const [a, b] = scene.all as [Worker, Worker];
    for (let i = 0; i < 12; i++) {
      for (const worker of scene.all) {
        worker.answer("h:2");
        worker.answer("h:3");
      }
      a.fail("h:1");
      b.answer("h:1", i % 4 === 0 ? 200 : 503);
    }
    scene.advance(outliers.windowMs + TICK_MS);
    expect([a.out, b.out]).toEqual(["h:1", "h:1"]);
  });

  test("what was concluded holds when who has concluded it dies, and for who comes after", () => {
    const scene = new Scene(2, { outliers });
    const [a, b] = scene.all as [Worker, Worker];
    a.fail("h:1", 5);
    expect(b.out).toBe("h:1");
    a.die(scene.memory);
    expect(b.out).toBe("h:1");
    expect(scene.worker(0).out).toBe("h:1");
  });
});

describe("a circuit", () => {
  const settings = limited({ circuit: CIRCUIT });

  test("opens by what all have seen, for all; probes are let through by all, and close it for all", () => {
    const scene = new Scene(3, settings);
    const [a, b, c] = scene.all as [Worker, Worker, Worker];
    for (const worker of [a, b]) worker.answer("h:1", 200, 2);
    a.answer("h:1", 500, 3);
    b.answer("h:1", 500, 3);
    for (const worker of scene.all)
      expect(worker.target("h:1").health.circuit!.state).toBe(worker === b ? "open" : "closed");
    expect([a.out, b.out, c.out]).toEqual(["h:1", "h:1", "h:1"]);
    scene.advance(CIRCUIT.openMs + TICK_MS);
    const states = () => scene.all.map((worker) => worker.circuitOf("h:1"));
    expect(states()).toEqual(["half open", "half open", "half open"]);
    a.answer("h:1");
    expect(states()).toEqual(["half open", "half open", "half open"]);
    c.answer("h:1");
    expect(states()).toEqual(["closed", "closed", "closed"]);
  });

  test("one failure of a probe opens it again for all", () => {
    const scene = new Scene(2, settings);
    const [a, b] = scene.all as [Worker, Worker];
    a.answer("h:1", 500, 10);
    expect(b.out).toBe("h:1");
    scene.advance(CIRCUIT.openMs + TICK_MS);
    b.answer("h:1", 500);
    expect([a.out, b.out]).toEqual(["h:1", "h:1"]);
    scene.advance(CIRCUIT.openMs - 2 * TICK_MS);
    expect([a.out, b.out]).toEqual(["h:1", "h:1"]);
    scene.advance(3 * TICK_MS);
    expect([a.out, b.out]).toEqual(["", ""]);
  });

  test("of the upstream lets so many probes through in all", () => {
    const scene = new Scene(2, settings);
    const [a, b] = scene.all as [Worker, Worker];
    a.answer("h:1", 500, 4);
    a.answer("h:2", 500, 3);
    b.answer("h:3", 500, 3);
    expect([a.begin(), b.begin()]).toEqual([false, false]);
    expect(a.upstream.refusal).toBe("upstream.circuit_open");
    scene.advance(CIRCUIT.openMs + TICK_MS);
    expect([a.begin(), b.begin(), a.begin(), b.begin()]).toEqual([true, true, false, false]);
  });
});
