/** Months in a moment: time passes only where the keeper rests. */
import { expect, test } from "bun:test";
import { createRandom } from "../base/random.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { AcmeProblem } from "./authority.ts";
import { CertificateKeeper, type KeeperTools } from "./certificate-keeper.ts";
import type { RenewalAdvice, Validity } from "./renewal-times.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function problem(message: string, retryAfterMs = 0, kind: Partial<AcmeProblem> = {}): AcmeProblem {
  return { message, retryAfterMs, isAboutName: true, isLimit: false, ...kind };
}

type Answer = Result<string, AcmeProblem>;

class World {
  nowMs = 0;
  locked = false;
  readonly stored = new Map<string, Validity>();
  readonly asked: { readonly name: string; readonly day: number }[] = [];
  readonly events: { readonly event: string; readonly name: string }[] = [];
  answer: (name: string) => Answer = (name) => ok(name);

  /** Where the keeper rests, before time passes. */
  onRest: (keeper: CertificateKeeper) => void = () => {};

  readonly counted: boolean[] = [];
  readonly holds = new Map<string | null, number>();
  demand: KeeperTools["demand"] = null;
  /** What the authority says of a renewal; null: it is not asked. */
  advise: ((certificate: string) => Result<RenewalAdvice | null, string>) | null = null;
  /** The days on which it was. */
  readonly consulted: number[] = [];

  /** Runs a keeper until this day. */
  async keep(names: readonly string[], untilDay: number): Promise<CertificateKeeper> {
    const keeper: CertificateKeeper = new CertificateKeeper(names, {
      storage: {
        lock: async () => {
          if (this.locked) return null;
          this.locked = true;
          return { [Symbol.asyncDispose]: async () => this.#unlock() };
        },
        certificate: async (name) =>
          this.stored.has(name) ? `${name} ${this.stored.get(name)!.fromMs}` : null,
        heldUntilMs: async (name) => Math.max(this.holds.get(name) ?? 0, this.holds.get(null) ?? 0),
        hold: async (name, untilMs) => {
          this.holds.set(name, untilMs);
        },
        validity: async (name) => this.stored.get(name) ?? null,
        putCertificate: async (name) => {
          this.stored.set(name, { fromMs: this.nowMs, toMs: this.nowMs + 90 * DAY_MS });
        },
      },
      authority: {
        obtain: async (name) => {
          expect(this.locked).toBe(true);
          this.asked.push({ name, day: this.nowMs / DAY_MS });
          return this.answer(name);
        },
      },
      demand: this.demand,
      count: (obtained) => this.counted.push(obtained),
      advisor: this.advise === null ? null : { advise: async (certificate) => this.#advised(certificate) },
      log: (event) => this.events.push(event as (typeof this.events)[number]),
      wallMs: () => this.nowMs,
      random: createRandom([1, 2, 3, 4]),
      pause: async (ms, stop) => {
        expect(ms).toBeGreaterThanOrEqual(0);
        this.onRest(keeper);
        if (!stop.aborted) this.nowMs += Math.max(1, ms);
        if (this.nowMs >= untilDay * DAY_MS) keeper.close();
        return !stop.aborted;
      },
    });
    await keeper.run();
    return keeper;
  }

  #advised(certificate: string): Result<RenewalAdvice | null, string> {
    this.consulted.push(this.nowMs / DAY_MS);
    return this.advise!(certificate);
  }

  #unlock(): void {
    this.locked = false;
  }
}

test("what is missing is asked for at once, and again at two thirds of its lifetime", async () => {
  const world = new World();
  await world.keep(["a.example", "b.example"], 100);
  const days = (wanted: string) => world.asked.flatMap(({ name, day }) => (name === wanted ? [day] : []));
  for (const name of ["a.example", "b.example"]) {
    const [first, second, ...more] = days(name);
    expect(first).toBeCloseTo(0);
    expect(second).toBeGreaterThanOrEqual(57);
    expect(second).toBeLessThan(60.1);
    expect(more).toEqual([]);
  }
  expect(days("a.example")[1]).not.toBe(days("b.example")[1]!);
});

test("a restart asks nobody while what is stored is good", async () => {
  const world = new World();
  await world.keep(["a.example"], 10);
  await world.keep(["a.example"], 50);
  expect(world.asked).toHaveLength(1);
});

test("an authority that fails is asked less and less, others are not kept waiting, nothing is taken away", async () => {
  const world = new World();
  world.stored.set("a.example", { fromMs: -70 * DAY_MS, toMs: 20 * DAY_MS });
  world.answer = (name) => (name === "a.example" ? err(problem("no", 0)) : ok(name));
  await world.keep(["a.example", "b.example"], 2);
  const failing = world.asked.filter(({ name }) => name === "a.example");
  expect(failing.length).toBeGreaterThan(8);
  expect(failing.length).toBeLessThan(20);
  const gaps = failing.slice(1).map(({ day }, index) => (day - failing[index]!.day) * DAY_MS);
  expect(gaps[0]).toBeGreaterThanOrEqual(60_000);
  expect(gaps.at(-1)).toBeGreaterThanOrEqual(6 * HOUR_MS);
  expect(world.asked.filter(({ name }) => name === "b.example")).toHaveLength(1);
  expect(world.stored.get("a.example")).toEqual({ fromMs: -70 * DAY_MS, toMs: 20 * DAY_MS });
  expect(world.counted.filter((obtained) => !obtained)).toHaveLength(failing.length);
  expect(world.counted.filter((obtained) => obtained)).toHaveLength(1);
});

test("Retry-After holds when it is longer than our own pause", async () => {
  const world = new World();
  world.answer = () => err(problem("slow down", DAY_MS));
  await world.keep(["a.example"], 3);
  expect(world.asked.length).toBeLessThanOrEqual(3);
});

test("while another instance has the lock nobody is asked, and what it obtained counts", async () => {
  const world = new World();
  world.locked = true;
  const before = world.keep(["a.example"], 0.001);
  await before;
  expect(world.asked).toEqual([]);
  world.stored.set("a.example", { fromMs: 0, toMs: 90 * DAY_MS });
  world.locked = false;
  await world.keep(["a.example"], 1);
  expect(world.asked).toEqual([]);
});

test("who wants another one gets it at once, once, and everything else goes on as it was", async () => {
  const world = new World();
  world.onRest = (keeper) => {
    if (world.asked.length !== 2) return;
    expect(keeper.kept()).toMatchObject([
      { name: "a.example", state: "good", failures: 0, problem: null },
      {},
    ]);
    expect(keeper.renew("c.example")).toBe(false);
    expect(keeper.renew("a.example")).toBe(true);
    expect(keeper.kept()[0]).toMatchObject({ state: "waiting", dueMs: 0 });
  };
  await world.keep(["a.example", "b.example"], 50);
  expect(world.asked.map(({ name }) => name)).toEqual(["a.example", "b.example", "a.example"]);
  expect(world.asked[2]!.day).toBe(world.asked[1]!.day);
});

test("a wish that fails is told with its reason, and the good certificate stays for as long as it is good", async () => {
  const world = new World();
  await world.keep(["a.example"], 1);
  world.answer = () => err(problem("rate limited", 0));
  let [wished, told] = [false, 0];
  world.onRest = (keeper) => {
    if (!wished) keeper.renew("a.example");
    else if (world.asked.length === 2 && keeper.kept()[0]!.state === "waiting") {
      told++;
      expect(keeper.kept()[0]).toMatchObject({
        state: "waiting",
        failures: 1,
        problem: { message: "rate limited" },
      });
    }
    wished = true;
  };
  const keeper = await world.keep(["a.example"], 40);
  expect(world.asked).toHaveLength(2);
  expect(told).toBe(1);
  expect(keeper.kept()[0]).toMatchObject({
    state: "good",
    failures: 0,
    problem: { message: "rate limited" },
  });
});

function advice(fromDay: number, toDay: number, askAgainMs = DAY_MS): RenewalAdvice {
  return { fromMs: fromDay * DAY_MS, toMs: toDay * DAY_MS, askAgainMs, explanation: null };
}

function ordersOf(world: World, name: string): number[] {
  return world.asked.flatMap((each) => (each.name === name ? [each.day] : []));
}

test("a renewal comes in the window that the authority suggests, each name at a moment of its own", async () => {
  const world = new World();
  world.advise = (certificate) => ok(certificate.endsWith(" 0") ? advice(30, 40) : null);
  await world.keep(["a.example", "b.example"], 50);
  const moments = ["a.example", "b.example"].map((name) => ordersOf(world, name)[1]!);
  for (const moment of moments) {
    expect(moment).toBeGreaterThanOrEqual(30);
    expect(moment).toBeLessThanOrEqual(40.1);
  }
  expect(moments[0]).not.toBe(moments[1]!);
  expect(world.events.filter(({ event }) => event === "certificate_renewal_advised")).toHaveLength(2);
});

test("advice is asked for again when it says so, and another window is followed", async () => {
  const world = new World();
  world.advise = () => ok(world.nowMs < 10 * DAY_MS ? advice(60, 61) : advice(5, 6));
  await world.keep(["a.example"], 20);
  expect(world.consulted.slice(0, 3).map(Math.round)).toEqual([0, 1, 2]);
  expect(ordersOf(world, "a.example")[1]).toBeGreaterThanOrEqual(10);
  expect(ordersOf(world, "a.example")[1]).toBeLessThan(11.1);
});

test("windows that are always past cost one certificate a day and not more", async () => {
  const world = new World();
  world.advise = () => ok(advice(-2, -1));
  await world.keep(["a.example"], 5);
  expect(ordersOf(world, "a.example").length).toBeLessThanOrEqual(6);
  expect(ordersOf(world, "a.example").length).toBeGreaterThan(3);
});

test("a window that lies beyond the certificate's end does not let it end", async () => {
  const world = new World();
  world.advise = () => ok(advice(500, 600));
  await world.keep(["a.example"], 89);
  expect(ordersOf(world, "a.example")[1]).toBeLessThan(82);
});

test("who gets no answer goes by the lifetime, and asks again in hours", async () => {
  const world = new World();
  world.advise = () => err("no");
  await world.keep(["a.example"], 61);
  expect(ordersOf(world, "a.example")[1]).toBeGreaterThanOrEqual(57);
  expect(world.consulted.length).toBeLessThan(61 * 4 + 3);
  expect(world.consulted.length).toBeGreaterThan(61 * 3);
});

test("nobody is asked for advice about what is not there yet", async () => {
  const world = new World();
  world.advise = () => ok(null);
  world.answer = () => err(problem("no", 0));
  await world.keep(["a.example"], 1);
  expect(world.consulted).toEqual([]);
});

test("a limit for one name holds it up for as long as the authority says, and no other name", async () => {
  const world = new World();
  world.answer = (name) =>
    name === "a.example" ? err(problem("too many", 2 * HOUR_MS, { isLimit: true })) : ok(name);
  await world.keep(["a.example", "b.example"], 0.25);
  expect(ordersOf(world, "b.example")).toHaveLength(1);
  const gaps = ordersOf(world, "a.example").map((day, index, days) => (day - (days[index - 1] ?? day)) * 24);
  for (const gap of gaps.slice(1)) expect(gap).toBeGreaterThanOrEqual(2);
  expect(gaps.length).toBeGreaterThan(2);
});

test("two names in a row that meet a limit have met the account's: nobody else is asked for meanwhile", async () => {
  const world = new World();
  world.answer = () => err(problem("too many", 2 * HOUR_MS, { isLimit: true }));
  await world.keep(["a.example", "b.example", "c.example", "d.example"], 1 / 24);
  expect(world.asked.map(({ name }) => name)).toEqual(["a.example", "b.example"]);
  expect(world.holds.get(null)).toBeGreaterThanOrEqual(2 * HOUR_MS);
});

test("an authority that fails for all is asked for one name, less and less, and then for all", async () => {
  const world = new World();
  world.answer = (name) =>
    world.nowMs < 3 * HOUR_MS ? err(problem("down", 0, { isAboutName: false })) : ok(name);
  const names = Array.from({ length: 50 }, (_, index) => `h${index}.example`);
  await world.keep(names, 0.5);
  const early = world.asked.filter(({ day }) => day < 3 / 24);
  expect(early.length).toBeLessThan(12);
  expect(world.asked.length - early.length).toBe(50);
});

test("what an authority has said holds after a restart, for wishes too, and certificates stay", async () => {
  const world = new World();
  world.stored.set("a.example", { fromMs: -70 * DAY_MS, toMs: 20 * DAY_MS });
  world.answer = () => err(problem("too many", 5 * HOUR_MS, { isLimit: true }));
  await world.keep(["a.example"], 0.01);
  expect(world.asked).toHaveLength(1);
  world.onRest = (keeper) => void keeper.renew("a.example");
  // Each wish is seen to and held; the clock moves a little each time.
  await world.keep(["a.example"], 0.0101);
  world.onRest = () => {};
  expect(world.asked).toHaveLength(1);
  expect(world.events.filter(({ event }) => event === "certificate_held").length).toBeGreaterThan(0);
  expect(world.stored.has("a.example")).toBe(true);
  await world.keep(["a.example"], 0.3);
  expect(world.asked).toHaveLength(2);
});

test("an authority that is quiet because it failed is asked again when somebody wishes", async () => {
  const world = new World();
  world.answer = (name) =>
    world.asked.length < 3 ? err(problem("down", 0, { isAboutName: false })) : ok(name);
  world.onRest = (keeper) => {
    if (world.asked.length === 1) keeper.renew("a.example");
  };
  await world.keep(["a.example"], 0.0001);
  expect(world.asked).toHaveLength(2);
});

/** Of whoever looks after names on demand; `mayRenew` as a test says. */
function demandOf(world: World, mayRenew: () => boolean): string[] {
  const told: string[] = [];
  world.demand = {
    mayRenew: async () => mayRenew(),
    obtained: async (name) => void told.push(`obtained ${name}`),
    dropped: async (name) => void told.push(`dropped ${name}`),
    failed: (name, waitMs) => void told.push(`failed ${name} ${waitMs >= 60_000}`),
  };
  return told;
}

test("a name that somebody asks for is seen to at once, and renewed like the others", async () => {
  const world = new World();
  const told = demandOf(world, () => true);
  world.onRest = (keeper) => void keeper.demand("new.example");
  const keeper = await world.keep([], 61);
  expect(ordersOf(world, "new.example").map(Math.round)).toEqual([0, expect.any(Number)]);
  expect(told).toEqual(["obtained new.example", "obtained new.example"]);
  expect([keeper.demandedCount, keeper.demand("new.example")]).toEqual([1, false]);
});

test("one that cannot be had is let go, so that names which nobody has do not gather", async () => {
  const world = new World();
  const told = demandOf(world, () => true);
  world.answer = () => err(problem("no such name"));
  world.onRest = (keeper) => {
    if (world.asked.length === 0) keeper.demand("junk.example");
  };
  const keeper = await world.keep([], 2);
  expect(told).toEqual(["failed junk.example true"]);
  expect([keeper.demandedCount, world.asked.length]).toEqual([0, 1]);
});

test("one that may not be renewed is let go, and its certificate stays until it ends", async () => {
  const world = new World();
  world.nowMs = 1;
  let allowed = true;
  const told = demandOf(world, () => allowed);
  world.onRest = (keeper) => {
    if (world.asked.length === 0) keeper.demand("gone.example");
    if (world.nowMs > 30 * DAY_MS) allowed = false;
  };
  await world.keep([], 80);
  expect(world.asked).toHaveLength(1);
  expect(told).toEqual(["obtained gone.example", "dropped gone.example"]);
  expect(world.stored.has("gone.example")).toBe(true);
});

test("names that clients choose do not hold up those of the configuration", async () => {
  const world = new World();
  demandOf(world, () => true);
  world.nowMs = 1;
  let rests = 0;
  world.onRest = (keeper) => {
    rests++;
    if (rests === 1) for (let index = 0; index < 20; index++) keeper.demand(`n${index}.example`);
    if (rests === 3) keeper.renew("a.example");
  };
  const keeper = await world.keep(["a.example"], 0.0001);
  expect(keeper.pendingCount).toBe(0);
  expect(world.asked).toHaveLength(22);
  expect(world.asked.findLastIndex(({ name }) => name === "a.example")).toBeLessThan(9);
});

test("one that is held up by a limit makes room for others", async () => {
  const world = new World();
  const told = demandOf(world, () => true);
  world.nowMs = 1;
  world.holds.set("limited.example", 5 * HOUR_MS);
  world.onRest = (keeper) => {
    if (told.length === 0) keeper.demand("limited.example");
  };
  const keeper = await world.keep([], 0.0001);
  expect(told).toEqual(["failed limited.example true"]);
  expect([keeper.pendingCount, world.asked.length]).toEqual([0, 0]);
});
