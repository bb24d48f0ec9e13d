/** Who is let in and who is not, on a clock that moves when somebody waits. */
import { expect, test } from "bun:test";
import type { OnDemandModel } from "../config/model.ts";
import type { Allowed } from "./ask-allowed.ts";
import { Demand } from "./demand.ts";

const MINUTE_MS = 60_000;

class World {
  nowMs = 1_000_000;
  wishes: string[] = [];
  readonly asked: string[] = [];
  readonly seenTo = new Set<string>();
  readonly events: Record<string, unknown>[] = [];
  answer: (name: string) => Allowed = () => "yes";
  list: readonly string[] = [];
  pending = 0;
  taking: (most: number) => string[] = (most) => this.wishes.splice(0, most);
  rounds = 0;
  #atOnce = 0;
  mostAtOnce = 0;

  demand(rule: Partial<OnDemandModel>): Demand {
    const whole = { hosts: [], ask: "http://127.0.0.1/", names: 1_000, perHour: 60, ...rule };
    return new Demand(whole, {
      take: (most) => this.taking(most),
      isNamed: (name) => whole.hosts.length === 0 || whole.hosts.includes(name),
      ask: (name) => this.#ask(name),
      log: (event) => this.events.push(event as Record<string, unknown>),
      wallMs: () => this.nowMs,
      pause: async () => this.rounds-- > 0,
      list: {
        demanded: async () => this.list,
        putDemanded: async (names) => {
          this.list = names;
        },
      },
    });
  }

  get keeper() {
    const { seenTo } = this;
    return {
      demand(name: string) {
        if (seenTo.has(name)) return false;
        seenTo.add(name);
        return true;
      },
      get demandedCount() {
        return seenTo.size;
      },
      pendingCount: this.pending,
    };
  }

  async look(demand: Demand, ...wishes: readonly string[]): Promise<void> {
    this.wishes.push(...wishes);
    await demand.look(this.keeper);
  }

  async #ask(name: string): Promise<Allowed> {
    this.asked.push(name);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    await Promise.resolve();
    this.#atOnce--;
    return this.answer(name);
  }
}

test("both the hosts and whoever is asked must allow a name, where both are named", async () => {
  const world = new World();
  world.answer = (name) => (name === "good.example" ? "yes" : "no");
  const demand = world.demand({ hosts: ["good.example", "bad.example"] });
  await world.look(demand, "good.example", "bad.example", "other.example");
  expect([...world.seenTo]).toEqual(["good.example"]);
  expect(world.asked).toEqual(["good.example", "bad.example"]);
});

test("where nobody is to be asked, nobody is", async () => {
  const world = new World();
  await world.look(world.demand({ hosts: ["a.example"], ask: null }), "a.example", "b.example");
  expect([...world.seenTo]).toEqual(["a.example"]);
  expect(world.asked).toEqual([]);
});

test("no answer is no, and is asked for again sooner", async () => {
  const world = new World();
  world.answer = (name) => (name === "no.example" ? "no" : "unknown");
  const demand = world.demand({});
  await world.look(demand, "no.example", "down.example");
  world.nowMs += 11_000;
  await world.look(demand, "no.example", "down.example");
  expect(world.asked).toEqual(["no.example", "down.example", "down.example"]);
  world.nowMs += MINUTE_MS;
  world.answer = () => "yes";
  await world.look(demand, "no.example");
  expect([...world.seenTo]).toEqual(["no.example"]);
});

test("a flood of names is asked for a few at a time and costs one line in the log", async () => {
  const world = new World();
  world.answer = () => "no";
  const flood = Array.from({ length: 5_000 }, (_, index) => `n${index}.example`);
  const demand = world.demand({});
  await world.look(demand, ...flood);
  expect(world.asked).toHaveLength(100);
  expect(world.mostAtOnce).toBeLessThanOrEqual(4);
  expect(world.events).toEqual([
    { level: "warn", event: "certificates_not_allowed", names: flood.slice(0, 5), count: 100 },
  ]);
});

test("new names have a rate, and those that are refused do not use it up", async () => {
  const world = new World();
  world.answer = (name) => (name.startsWith("bad") ? "no" : "yes");
  const demand = world.demand({ perHour: 2 });
  await world.look(demand, "bad1.example", "bad2.example", "bad3.example");
  await world.look(demand, "a.example", "b.example", "c.example");
  expect([...world.seenTo]).toEqual(["a.example", "b.example"]);
  expect(world.events.at(-1)).toMatchObject({ event: "certificates_on_demand_full", limit: "per_hour" });
  world.nowMs += 30 * MINUTE_MS;
  await world.look(demand, "c.example", "d.example");
  expect([...world.seenTo]).toEqual(["a.example", "b.example", "c.example"]);
});

test("there is an end to all names", async () => {
  const world = new World();
  await world.look(world.demand({ names: 2 }), "a.example", "b.example", "c.example");
  expect(world.seenTo.size).toBe(2);
  expect(world.events.at(-1)).toMatchObject({ event: "certificates_on_demand_full", limit: "names" });
});

test("what could not be had is not tried again at once, however often somebody asks", async () => {
  const world = new World();
  const demand = world.demand({ hosts: ["a.example"], ask: null });
  await world.look(demand, "a.example");
  world.seenTo.clear();
  demand.failed("a.example", MINUTE_MS);
  for (let minutes = 0; minutes < 14; minutes++) {
    world.nowMs += MINUTE_MS;
    await world.look(demand, "a.example");
  }
  expect(world.seenTo.size).toBe(0);
  world.nowMs += 2 * MINUTE_MS;
  await world.look(demand, "a.example");
  expect(world.seenTo.size).toBe(1);
});

test("what was obtained is seen to after a restart, unless the rule has changed", async () => {
  const world = new World();
  const hosts = ["a.example", "b.example"];
  const before = world.demand({ hosts });
  for (const name of [...hosts, "a.example"]) await before.obtained(name);
  await world.demand({ hosts: ["b.example"] }).run(world.keeper);
  expect([...world.seenTo]).toEqual(["b.example"]);
  expect(world.list).toEqual(hosts);
  await before.dropped("a.example");
  expect(world.list).toEqual(["b.example"]);
});

test("a renewal needs no answer, but a no ends it", async () => {
  const world = new World();
  const demand = world.demand({});
  for (const [answer, expected] of [
    ["yes", true],
    ["unknown", true],
    ["no", false],
  ] as const) {
    world.answer = () => answer;
    expect(await demand.mayRenew("a.example")).toBe(expected);
  }
});

test("no more names are let in than are waiting to be obtained", async () => {
  const world = new World();
  world.pending = 20;
  await world.look(world.demand({}), "a.example");
  expect(world.seenTo.size).toBe(0);
  expect(world.events).toMatchObject([{ event: "certificates_on_demand_full", limit: "pending" }]);
});

test("wishes that cannot be read are told of, and looked at again", async () => {
  const world = new World();
  world.rounds = 5;
  world.taking = () => {
    if (world.rounds > 0) throw new Error("EACCES");
    return ["a.example"];
  };
  await world.demand({}).run(world.keeper);
  expect(world.events).toMatchObject([{ event: "certificate_storage_fails", message: "EACCES" }]);
  expect([...world.seenTo]).toEqual(["a.example"]);
});
