/** A group whose targets come and go, grow into their shares, and stand in tiers and zones. */
import { expect, test } from "bun:test";
import { NO_BREAKER } from "../../src/config/schema/protection.ts";
import type { Resolver } from "../../src/io/resolver.ts";
import { Target, type TargetSpec, targetName } from "../../src/upstream/target.ts";
import { NO_KEY, random } from "../../src/upstream/test-support/candidates.ts";
import { type BalanceSettings, Upstream, type UpstreamSettings } from "../../src/upstream/upstream.ts";
import { FakeClock } from "../support/fake-clock.ts";

const BALANCE: BalanceSettings = { policy: "round_robin", slowStartMs: 0, failoverBelow: 0.5, zone: null };
const STANDARD: UpstreamSettings = { balance: BALANCE, outliers: null, breaker: NO_BREAKER };
const POOL = {
  idleConnections: 1,
  idleTimeoutMs: 1,
  maxAgeMs: 1,
  connections: 1,
  pendingConnects: 1,
  codec: { headBytes: 1, lineBytes: 1, fieldCount: 1, chunkExtensionBytes: 1 },
};

function spec(port: number, more: Partial<TargetSpec> = {}): TargetSpec {
  return {
    address: { kind: "tcp", host: "h", port },
    weight: 1,
    priority: 0,
    zone: null,
    protocol: "http1",
    ...more,
  };
}

class Scene {
  readonly clock = new FakeClock();
  readonly upstream: Upstream;
  settings: BalanceSettings;
  readonly #make: (spec: TargetSpec) => Target;

  constructor(specs: readonly TargetSpec[], settings: Partial<BalanceSettings> = {}) {
    const name = { name: "h", addresses: ["127.0.0.1"], failure: null, first: Promise.resolve() };
    const resolver: Resolver = {
      watch: () => name,
      unwatch() {},
      reconfigure() {},
      close() {},
    };
    this.settings = { ...BALANCE, ...settings } as BalanceSettings;
    this.#make = (each) => new Target(each, POOL, resolver, this.clock.timers);
    const tools = { random: random(), timers: this.clock.timers };
    this.upstream = new Upstream(
      "group",
      specs.map(this.#make),
      { ...STANDARD, balance: this.settings },
      tools,
    );
  }

  /** As a reload does: who stays is the same object. */
  use(specs: readonly TargetSpec[], settings: Partial<BalanceSettings> = {}): void {
    this.settings = { ...this.settings, ...settings } as BalanceSettings;
    const targets = specs.map((each) => {
      const kept = this.upstream.targets.find(({ name }) => name === targetName(each.address));
      kept?.adjust(each);
      return kept ?? this.#make(each);
    });
    this.upstream.use(targets, { ...STANDARD, balance: this.settings });
  }

  target(port: number): Target {
    return this.upstream.targets.find(({ name }) => name === `h:${port}`)!;
  }

  /** Ports of so many picks, sorted, each once. */
  picked(picks = 100): string {
    const names = Array.from({ length: picks }, () => this.upstream.pick(NO_KEY, [])?.name ?? "none");
    return [...new Set(names)].sort().join(" ");
  }

  /** In percent. */
  part(port: number, picks = 1_000): number {
    const target = this.target(port);
    let count = 0;
    for (let i = 0; i < picks; i++) if (this.upstream.pick(NO_KEY, []) === target) count++;
    return (count * 100) / picks;
  }
}

test("targets are replaced in place: those that stay are the same, what runs on the others goes on", () => {
  const scene = new Scene([spec(1), spec(2)]);
  const [one, two] = [scene.target(1), scene.target(2)];
  one.hold();
  two.hold();
  scene.use([spec(2, { weight: 3 }), spec(3)]);
  expect(scene.picked()).toBe("h:2 h:3");
  expect(scene.target(2)).toBe(two);
  expect(scene.part(2)).toBeCloseTo(75, 0);
  expect([one.active, two.active]).toEqual([1, 1]);
  one.release();
  expect(one.active).toBe(0);
});

test("without any target there is none, and later there may be some", () => {
  const scene = new Scene([]);
  expect(scene.picked()).toBe("none");
  scene.use([spec(1)]);
  expect(scene.picked()).toBe("h:1");
  scene.use([]);
  expect(scene.picked()).toBe("none");
});

test("another policy takes over with the targets that are there", () => {
  const scene = new Scene([spec(1), spec(2)], { policy: "random" });
  scene.target(1).hold();
  scene.use([spec(1), spec(2)], { policy: "least_requests" });
  expect(scene.upstream.pick(NO_KEY, [])!.name).toBe("h:2");
  scene.target(2).hold();
  scene.target(1).release();
  expect(scene.upstream.pick(NO_KEY, [])!.name).toBe("h:1");
});

test("a target that is new grows into its share; those of the start have theirs at once", () => {
  const scene = new Scene([spec(1)], { slowStartMs: 60_000 });
  expect(scene.target(1).share).toBe(1);
  scene.use([spec(1), spec(2)]);
  expect(scene.part(2)).toBeCloseTo(100 / 11, 0);
  scene.clock.advance(30_000);
  expect(scene.part(2)).toBeWithin(31, 34.5);
  scene.clock.advance(31_000);
  expect(scene.part(2)).toBe(50);
});

test("retries go on to other tiers and zones when the preferred ones are exhausted", () => {
  const specs = [
    spec(1, { zone: "a" }),
    spec(2, { zone: "b" }),
    spec(3, { priority: 1 }),
    spec(4, { weight: 0 }),
  ];
  const { upstream } = new Scene(specs, { zone: "a" });
  const names = [...upstream.candidates(NO_KEY)].map(({ name }) => name);
  expect(names).toEqual(["h:1", "h:2", "h:3"]);
});

test("a busy target's connections are left alone when another takes its place", () => {
  const scene = new Scene([spec(1)], { policy: "least_requests" });
  const one = scene.target(1);
  one.hold();
  scene.use([spec(2)]);
  // The policy knows it no more; nothing may come of what it still tells.
  one.release();
  expect(scene.picked()).toBe("h:2");
});
