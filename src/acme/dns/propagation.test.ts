/** Waiting for a record, on a clock that moves when somebody waits. */
import { expect, test } from "bun:test";
import { err, ok, type Result } from "../../base/result.ts";
import type { AcmeDnsModel } from "../../config/model.ts";
import { untilSeen } from "./propagation.ts";

const RECORD = { record: "_acme-challenge.shop.example", value: "wanted" };

/** Servers by when they have the record; null: they never answer. */
class Zone {
  nowMs = 0;
  readonly asked: string[] = [];
  readonly #sinceMs: Readonly<Record<string, number | null>>;
  name = RECORD.record;

  constructor(sinceMs: Readonly<Record<string, number | null>>) {
    this.#sinceMs = sinceMs;
  }

  /** Why the wait ended in vain, or null. */
  wait(seen: AcmeDnsModel["seen"]): Promise<string | null> {
    return untilSeen(RECORD, seen, {
      lookup: {
        texts: async (server, record): Promise<Result<readonly string[], string>> => {
          this.asked.push(`${server} ${record}`);
          const since = this.#sinceMs[server] ?? null;
          if (since === null) return err("ETIMEOUT");
          return ok(this.nowMs >= since ? ["other", "wanted"] : ["other"]);
        },
        zoneOf: async () => {
          const servers = Object.keys(this.#sinceMs);
          return servers.length === 0 ? err("ESERVFAIL") : ok({ record: this.name, servers });
        },
      },
      nowMs: () => this.nowMs,
      pause: async (ms) => {
        this.nowMs += ms;
      },
    }).then(
      () => null,
      ({ message }: Error) => message,
    );
  }
}

const ZONE = { kind: "servers", servers: [], withinMs: 60_000 } as const;

test("all servers must have it; one that has it is not asked again", async () => {
  const zone = new Zone({ a: 0, b: 20_000 });
  expect(await zone.wait(ZONE)).toBeNull();
  expect(zone.nowMs).toBeGreaterThanOrEqual(20_000);
  expect(zone.nowMs).toBeLessThan(30_000);
  expect(zone.asked.filter((each) => each.startsWith("a "))).toHaveLength(1);
});

test("one that never answers is left out in the end, but not when none answers", async () => {
  expect(await new Zone({ a: 0, dead: null }).wait(ZONE)).toBeNull();
  expect(await new Zone({ dead: null }).wait(ZONE)).toContain("dead does not answer");
});

test("one that does not get it in time is named", async () => {
  const zone = new Zone({ a: 0, late: 70_000 });
  expect(await zone.wait(ZONE)).toBe(
    "_acme-challenge.shop.example is not to be seen yet: late does not have it",
  );
  expect(zone.nowMs).toBe(60_000);
});

test("an alias is looked for where it leads", async () => {
  const zone = new Zone({ a: 0 });
  zone.name = "shop.validation.example";
  expect(await zone.wait(ZONE)).toBeNull();
  expect(zone.asked).toEqual(["a shop.validation.example"]);
});

test("servers that are named are asked in place of the zone's, under the record's own name", async () => {
  const zone = new Zone({ a: null, b: 0 });
  expect(await zone.wait({ ...ZONE, servers: ["b"] })).toBeNull();
  expect(zone.asked).toEqual(["b _acme-challenge.shop.example"]);
});

test("where the zone cannot be found, what to set is said", async () => {
  expect(await new Zone({}).wait(ZONE)).toContain("see `servers` and `wait`");
});

test("a wait is a wait, and nobody is asked", async () => {
  const zone = new Zone({ a: null });
  expect(await zone.wait({ kind: "wait", ms: 30_000 })).toBeNull();
  expect([zone.nowMs, zone.asked]).toEqual([30_000, []]);
});
