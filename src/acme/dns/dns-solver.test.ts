/** A record is written down before it is put in place, and whoever comes after one that was killed takes it away. */
import { expect, test } from "bun:test";
import { DnsSolver } from "./dns-solver.ts";

const ANSWER = "v".repeat(43);
const ASKED = { name: "shop.example", token: "t", answer: ANSWER };

class World {
  note: string | null = null;
  readonly calls: string[] = [];
  failing = "";

  solver(): DnsSolver {
    const hook = {
      call: async (action: string, { record, value }: { record: string; value: string }) => {
        this.calls.push(
          `${action} ${record} ${value.slice(0, 1)} ${this.note === null ? "unnoted" : "noted"}`,
        );
        if (action === this.failing) throw new Error("no");
      },
    };
    const notes = {
      notedRecord: async () => this.note,
      noteRecord: async (record: string | null) => {
        this.note = record;
      },
    };
    const lookup = { texts: fail, zoneOf: fail };
    return new DnsSolver(hook, { kind: "wait", ms: 0 }, notes, {
      lookup,
      nowMs: () => 0,
      pause: async () => {},
    });
  }
}

function fail(): never {
  throw new Error("nobody is asked");
}

test("what is put in place is noted before, and no more after it has been taken away", async () => {
  const world = new World();
  const solver = world.solver();
  await solver.present(ASKED);
  await solver.remove(ASKED);
  expect(world.calls).toEqual([
    "present _acme-challenge.shop.example v noted",
    "cleanup _acme-challenge.shop.example v noted",
  ]);
  expect(world.note).toBeNull();
});

test("what one left that was killed is taken away first, and when that fails it is no matter", async () => {
  for (const failing of ["", "cleanup"]) {
    const world = new World();
    await world.solver().present({ ...ASKED, name: "old.example", answer: "o".repeat(43) });
    world.failing = failing;
    await world.solver().present(ASKED);
    expect(world.calls.slice(1)).toEqual([
      "cleanup _acme-challenge.old.example o noted",
      "present _acme-challenge.shop.example v noted",
    ]);
  }
});

test("a note that is none of ours leads to nothing", async () => {
  for (const note of [
    "{",
    "null",
    "3",
    '{"record":"www.shop.example","value":"x"}',
    '{"record":"_acme-challenge.a;b.c"}',
  ]) {
    const world = new World();
    world.note = note;
    await world.solver().present(ASKED);
    expect(world.calls).toHaveLength(1);
  }
});
