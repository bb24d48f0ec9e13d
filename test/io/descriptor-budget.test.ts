/** When accepting stops for want of descriptors, and when it goes on. */
import { expect, test } from "bun:test";
import { type BudgetState, DescriptorBudget, descriptorLimit } from "../../src/io/descriptor-budget.ts";
import { descriptorEvents } from "../../src/runtime/descriptor-events.ts";
import { FakeClock } from "../support/fake-clock.ts";

class TestDoor {
  isOpen = true;
  pauses = 0;

  pause(): void {
    this.isOpen = false;
    this.pauses++;
  }

  resume(): void {
    this.isOpen = true;
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** 1,000 descriptors of which 100 are files: 800 connections, and a hundred in reserve. */
function budget() {
  const made = new DescriptorBudget();
  const changes: BudgetState[] = [];
  made.setLimit(1_000, 100);
  made.onChange = (state) => changes.push(state);
  const door = new TestDoor();
  made.add(door);
  return { budget: made, door, changes };
}

test("the doors close when only the reserve is left, and open again when a quarter of it has come back", async () => {
  const { budget: made, door, changes } = budget();
  for (let i = 0; i < 799; i++) made.taken();
  expect(door.isOpen).toBe(true);
  made.taken();
  expect(door.isOpen).toBe(false);
  for (let i = 0; i < 50; i++) made.taken();
  for (let i = 0; i < 74; i++) made.released();
  await turn();
  expect(door.isOpen).toBe(false);
  made.released();
  await turn();
  expect(door.isOpen).toBe(true);
  expect(changes).toEqual([
    { isShort: true, connections: 800, descriptorLimit: 1_000 },
    { isShort: false, connections: 775, descriptorLimit: 1_000 },
  ]);
});

test("a door that comes while they are closed is closed, and one that has left is let be", () => {
  const { budget: made, door } = budget();
  made.remove(door);
  for (let i = 0; i < 800; i++) made.taken();
  const late = new TestDoor();
  made.add(late);
  expect([door.isOpen, late.isOpen]).toEqual([true, false]);
});

test("what is taken again before the doors open keeps them closed", async () => {
  const { budget: made, door } = budget();
  for (let i = 0; i < 800; i++) made.taken();
  for (let i = 0; i < 25; i++) made.released();
  made.taken();
  await turn();
  expect(door.isOpen).toBe(false);
  made.released();
  await turn();
  expect(door.isOpen).toBe(true);
  expect(door.pauses).toBe(1);
});

test("waves within a minute are told once", () => {
  const clock = new FakeClock();
  const events: object[] = [];
  const tell = descriptorEvents((event) => events.push(event), clock);
  const state = { connections: 1, descriptorLimit: 2 };
  for (let wave = 0; wave < 5; wave++) {
    tell({ ...state, isShort: true });
    tell({ ...state, isShort: false });
  }
  clock.advance(60_000);
  tell({ ...state, isShort: true });
  expect(events.map((event) => "event" in event && event.event)).toEqual([
    "accept_paused",
    "accept_resumed",
    "accept_paused",
  ]);
});

test.skipIf(process.platform !== "linux")(
  "the soft limit is the hard one: the runtime has raised it",
  async () => {
    const child = Bun.spawn(
      [
        "sh",
        "-c",
        'ulimit -Sn 256; exec "$0" -e \'console.log(require("node:fs").readFileSync("/proc/self/limits", "utf8"))\'',
        process.execPath,
      ],
      { stdout: "pipe" },
    );
    const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(await new Response(child.stdout).text())!;
    expect(soft).toBe(hard);
    expect(Number(soft)).toBe(descriptorLimit()!);
  },
);
