import { expect, test } from "bun:test";
import { createRandom } from "../../src/base/random.ts";
import { err, ok } from "../../src/base/result.ts";
import { createResolver, type ResolverOptions, type WatchedName } from "../../src/io/resolver.ts";
import type { Lookup } from "../../src/io/resolver-lookup.ts";
import { DnsServer } from "../support/dns-server.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** Names with answers that a test changes; time moves only with the clock. */
class ResolverScene {
  readonly clock = new FakeClock();
  readonly asked: string[] = [];
  answer: { addresses: readonly string[]; ttlMs: number | null } | string = "ENOTFOUND";
  readonly resolver = this.make();

  make(options: Partial<ResolverOptions> = {}) {
    const lookup: Lookup = async (name) => {
      this.asked.push(name);
      if (typeof this.answer === "string") return err(this.answer);
      return ok({ addresses: this.answer.addresses, ttlMs: Promise.resolve(this.answer.ttlMs) });
    };
    const { clock } = this;
    const random = createRandom([1, 2, 3, 4]);
    return createResolver({
      servers: [],
      refreshMs: REFRESH_MS,
      clock,
      timers: clock.timers,
      lookup,
      random,
      ...options,
    });
  }

  /** Watches a name and lets the first lookup come to its end. */
  async watched(name: string): Promise<WatchedName> {
    const watched = this.resolver.watch(name);
    await watched.first;
    await this.pass(0);
    return watched;
  }

  /** Moves the clock, and lets a lookup that is due come to its end. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
}

const REFRESH_MS = 30_000;

test("a numeric address answers at once and is asked of nobody", async () => {
  const { resolver, asked, clock } = new ResolverScene();
  for (const address of ["127.0.0.1", "::1", "2001:db8::7", "fe80::1%lo"]) {
    const watched = resolver.watch(address);
    expect(watched).toMatchObject({ name: address, addresses: [address], failure: null });
    await watched.first;
    resolver.unwatch(address);
  }
  expect(asked).toEqual([]);
  expect(clock.timers.size).toBe(0);
});

test("an answer is believed for its TTL, less up to a tenth, and then asked for again", async () => {
  const scene = new ResolverScene();
  scene.answer = { addresses: ["10.0.0.1", "10.0.0.2"], ttlMs: 60_000 };
  expect(scene.resolver.watch("db.test").addresses).toEqual([]);
  const watched = await scene.watched("db.test");
  expect(watched.addresses).toEqual(["10.0.0.1", "10.0.0.2"]);
  scene.answer = { addresses: ["10.0.0.3"], ttlMs: 60_000 };
  await scene.pass(53_900);
  expect(scene.asked).toHaveLength(1);
  await scene.pass(6_200);
  expect(scene.asked).toHaveLength(2);
  expect(watched.addresses).toEqual(["10.0.0.3"]);
});

test("without a TTL the configured time counts; TTLs are kept between a second and an hour", async () => {
  for (const [ttlMs, believedMs] of [
    [null, REFRESH_MS],
    [0, 1_000],
    [86_400_000, 3_600_000],
  ] as const) {
    const scene = new ResolverScene();
    scene.answer = { addresses: ["10.0.0.1"], ttlMs };
    await scene.watched("db.test");
    await scene.pass(believedMs * 0.9 - 50);
    expect(scene.asked).toHaveLength(1);
    await scene.pass(believedMs * 0.1 + 100);
    expect(scene.asked).toHaveLength(2);
    scene.resolver.close();
    expect(scene.clock.timers.size).toBe(0);
  }
});

test("a refresh that fails keeps the last good addresses and is tried again soon", async () => {
  const scene = new ResolverScene();
  scene.answer = { addresses: ["10.0.0.1"], ttlMs: 10_000 };
  const watched = await scene.watched("db.test");
  scene.answer = "ETIMEOUT";
  await scene.pass(10_100);
  expect(scene.asked).toHaveLength(2);
  expect(watched).toMatchObject({ addresses: ["10.0.0.1"], failure: null });
  scene.answer = { addresses: ["10.0.0.2"], ttlMs: 10_000 };
  await scene.pass(1_100);
  expect(watched).toMatchObject({ addresses: ["10.0.0.2"], failure: null });
});

test("a name without an address says why, and is tried after 1, 2, 4 … and at last every 30 seconds", async () => {
  const scene = new ResolverScene();
  const watched = await scene.watched("nowhere.test");
  expect(watched).toMatchObject({ addresses: [], failure: "ENOTFOUND" });
  const gapsMs: number[] = [];
  for (let asked = scene.asked.length, sinceMs = 0; gapsMs.length < 8; sinceMs += 50) {
    await scene.pass(50);
    if (scene.asked.length === asked) continue;
    asked = scene.asked.length;
    gapsMs.push(sinceMs);
    sinceMs = 0;
  }
  for (const [i, due] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000].entries()) {
    expect(gapsMs[i]).toBeWithin(due * 0.9 - 51, due + 101);
  }
  scene.answer = { addresses: ["10.0.0.9"], ttlMs: 5_000 };
  await scene.pass(30_100);
  expect(watched).toMatchObject({ addresses: ["10.0.0.9"], failure: null });
  // The next failure starts from the beginning.
  scene.answer = "ENOTFOUND";
  await scene.pass(5_100);
  const before = scene.asked.length;
  await scene.pass(1_100);
  expect(scene.asked.length).toBe(before + 1);
});

test("a name is shared by all who watch it and forgotten with the last", async () => {
  const scene = new ResolverScene();
  scene.answer = { addresses: ["10.0.0.1"], ttlMs: 1_000 };
  const first = await scene.watched("db.test");
  expect(scene.resolver.watch("db.test")).toBe(first);
  expect(scene.asked).toHaveLength(1);
  scene.resolver.unwatch("db.test");
  await scene.pass(1_100);
  expect(scene.asked).toHaveLength(2);
  scene.resolver.unwatch("db.test");
  scene.resolver.unwatch("db.test");
  await scene.pass(10_000);
  expect(scene.asked).toHaveLength(2);
  expect(scene.clock.timers.size).toBe(0);
});

test("a lookup that comes back after the last watcher has left changes nothing", async () => {
  const scene = new ResolverScene();
  const { promise, resolve } = Promise.withResolvers<void>();
  const lookup: Lookup = async () => {
    await promise;
    return ok({ addresses: ["10.0.0.1"], ttlMs: Promise.resolve(1_000) });
  };
  const resolver = scene.make({ lookup });
  const watched = resolver.watch("slow.test");
  resolver.close();
  await watched.first;
  resolve();
  await scene.pass(10_000);
  expect(watched.addresses).toEqual([]);
  expect(scene.clock.timers.size).toBe(0);
});

test("a TTL that comes late does not hold up the addresses", async () => {
  const scene = new ResolverScene();
  const ttl = Promise.withResolvers<number | null>();
  const lookup: Lookup = async () => ok({ addresses: ["10.0.0.1"], ttlMs: ttl.promise });
  const watched = scene.make({ lookup }).watch("db.test");
  await watched.first;
  expect(watched.addresses).toEqual(["10.0.0.1"]);
  expect(scene.clock.timers.size).toBe(0);
  ttl.resolve(5_000);
  await scene.pass(0);
  expect(scene.clock.timers.size).toBe(1);
});

test("the refreshes of many names are spread", async () => {
  const scene = new ResolverScene();
  scene.answer = { addresses: ["10.0.0.1"], ttlMs: 100_000 };
  const names = Array.from({ length: 200 }, (_, i) => `host-${i}.test`);
  await Promise.all(names.map((name) => scene.resolver.watch(name).first));
  await scene.pass(0);
  const perSecond: number[] = [];
  await scene.pass(89_900);
  for (let second = 0; second < 11; second++) {
    const before = scene.asked.length;
    await scene.pass(1_000);
    perSecond.push(scene.asked.length - before);
  }
  expect(perSecond.reduce((sum, count) => sum + count)).toBe(200);
  expect(Math.max(...perSecond)).toBeLessThan(60);
});

test("the system's resolver knows localhost, from its own files, and what it does not know has a word", async () => {
  const clock = new FakeClock();
  const resolver = createResolver({ servers: [], refreshMs: 1_000, clock, timers: clock.timers });
  const local = resolver.watch("localhost");
  const unknown = resolver.watch("no..name");
  await Promise.all([local.first, unknown.first]);
  expect(local.failure).toBeNull();
  expect(["127.0.0.1", "::1"]).toContain(local.addresses[0]!);
  expect(unknown).toMatchObject({ addresses: [], failure: "ENOTFOUND" });
  resolver.close();
});

test("configured name servers are asked, both families, and their changes arrive with the TTL", async () => {
  await using dns = await DnsServer.start();
  const clock = new FakeClock();
  const resolver = createResolver({
    servers: [dns.address],
    refreshMs: REFRESH_MS,
    clock,
    timers: clock.timers,
  });
  dns.records.set("db.test", [
    { address: "10.1.0.1", ttl: 20 },
    { address: "2001:db8:0:0:0:0:0:1", ttl: 60 },
  ]);
  const watched = resolver.watch("db.test");
  const absent = resolver.watch("absent.test");
  const single = resolver.watch("v6.test");
  await Promise.all([watched.first, absent.first, single.first]);
  expect(watched.addresses).toEqual(["10.1.0.1", "2001:db8::1"]);
  expect(absent).toMatchObject({ addresses: [], failure: "ENOTFOUND" });

  dns.records.set("db.test", [{ address: "10.1.0.2", ttl: 20 }]);
  dns.records.set("v6.test", [{ address: "2001:db8:0:0:0:0:0:6", ttl: 20 }]);
  await eventually(() => clock.timers.size === 3, "all three waiting");
  clock.advance(17_900);
  expect(watched.addresses).toEqual(["10.1.0.1", "2001:db8::1"]);
  clock.advance(2_200);
  await eventually(() => watched.addresses[0] === "10.1.0.2", "the new address");
  await eventually(() => single.addresses[0] === "2001:db8::6", "a name of one family");

  dns.behaviour = "failure";
  const before = dns.queries;
  await eventually(() => clock.timers.size === 3, "all three waiting");
  clock.advance(20_100);
  await eventually(() => dns.queries > before, "another query");
  await eventually(() => clock.timers.size === 3, "all three waiting");
  expect(watched).toMatchObject({ addresses: ["10.1.0.2"], failure: null });
  expect(resolver.watch("other.test").failure).toBeNull();
  const failing = resolver.watch("failing.test");
  await failing.first;
  expect(failing.failure).toBe("ESERVFAIL");
  resolver.close();
});
