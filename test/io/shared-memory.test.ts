/** The shared segment with real processes: exact counts, workers that are killed while they count, files that are none. */
import { heapStats } from "bun:jsc";
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CellRows, totalOf } from "../../src/base/cell-rows.ts";
import { createRandom, randomBelow } from "../../src/base/random.ts";
import { HEADER, LAYOUT_VERSION } from "../../src/io/segment/layout.ts";
import { MappedCells } from "../../src/io/segment/mapped-cells.ts";
import { SegmentRows } from "../../src/io/segment/rows.ts";
import { reserve } from "../../src/io/segment/segment-file.ts";
import { segmentPaths } from "../../src/io/segment/segment-paths.ts";
import {
  adoptSharedMemory,
  createSharedMemory,
  joinSharedMemory,
  localSharedMemory,
  type OwnedSharedMemory,
} from "../../src/io/shared-memory.ts";
import { eventually } from "../support/eventually.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "portward-segment-"));
  path = join(directory, "segment");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("several processes count at once and nothing is lost", async () => {
  const memory = create(5);
  const { counter } = countedRows(memory);
  const children = [1, 2, 3, 4].map((slot) => spawn(slot, 1_000_000));
  expect(await Promise.all(children.map(({ exited }) => exited))).toEqual([0, 0, 0, 0]);
  expect(totalOf(memory.rows, counter, 0)).toBe(4_000_000);
  expect(totalOf(memory.rows, counter, 1)).toBe(4_000_000);
  expect(memory.rows.cells[counter.at(0)]).toBe(0);
  expect(memory.workers.list().map(({ slot, heartbeat }) => [slot, heartbeat])).toEqual(
    [1, 2, 3, 4].map((slot) => [slot, 1_000_000]),
  );
});

test("what a worker said of itself that has ended is gone, also where its row was out of use by then", () => {
  const memory = create(2);
  const { gauge } = countedRows(memory);
  memory.prepareSlot(1);
  joined().takeSlot(1, 1, 0);
  memory.rows.cells[gauge.at(1)] = 3;
  memory.rows.retain("gauge", new Set(), 0);
  memory.freeSlot(1);
  expect(memory.rows.cells[memory.rows.allocate("gauge", "gauge", 1, 0)!.at(1)]).toBe(0);
});

test("a worker that is killed while it counts leaves its counts, and its slot to the next", async () => {
  const memory = create(3);
  const { counter, gauge } = countedRows(memory);
  const neighbour = spawn(2, 3_000_000);
  let kept = 0;
  for (let round = 1; round <= 8; round++) {
    const worker = spawn(1, "Infinity");
    await eventually(() => memory.rows.cells[counter.at(1)]! > kept, "the worker counts");
    expect(memory.rows.cells[gauge.at(1)]).toBe(1);
    worker.kill("SIGKILL");
    await worker.exited;
    memory.freeSlot(1);
    const [first, second] = [0, 1].map((cell) => memory.rows.cells[counter.at(1) + cell]!);
    expect(first).toBeGreaterThan(kept);
    // At most the one store between the two cells is missing, for each kill.
    expect(first! - second!).toBeWithin(0, round + 1);
    expect(memory.rows.cells[gauge.at(1)]).toBe(0);
    expect(memory.workers.read(1)).toMatchObject({ pid: 0, state: "free", takings: round });
    kept = first!;
  }
  expect(await neighbour.exited).toBe(0);
  expect(memory.rows.cells[counter.at(2)]).toBe(3_000_000);
}, 60_000);

test("a new owner finds everything as the one before it left it, and may go on", () => {
  const first = create(2);
  first.takeSlot(1, 4711, 5).setConnections(12);
  first.rows.cells[first.rows.allocate("a", "counter", 3, 0)!.at(1) + 2] = 7;
  first.close();
  const second = adopt();
  expect(second.workers.list()).toMatchObject([{ slot: 1, pid: 4711, connections: 12, state: "starting" }]);
  expect(totalOf(second.rows, second.rows.find("a")!, 2)).toBe(7);
  for (let i = 0; i < 4; i++) expect(second.rows.allocate(`b ${i}`, "counter", 20_000, 0)).not.toBeNull();
  second.close();
});

test("rows made after a worker has joined are found by it", () => {
  const owner = create(2);
  const worker = joined();
  expect(worker.rows.find("late")).toBeNull();
  owner.rows.allocate("late", "common", 4, 0);
  expect(worker.rows.find("late")).toMatchObject({ kind: "common", length: 4 });
});

test("a segment is private, and holds no more than its limit", () => {
  const memory = create(2, 64 * 1024);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const made = Array.from({ length: 100 }, (_, i) => memory.rows.allocate(`row ${i}`, "counter", 100, 0));
  const room = made.filter((row) => row !== null).length;
  expect(room).toBe(Math.floor((64 * 1024) / (104 * 8)));
  expect(made.slice(room).every((row) => row === null)).toBe(true);
  expect(memory.rows.list()).toHaveLength(room);
});

test("slots that nobody has had take no room", () => {
  const created = createSharedMemory({ paths: [path], slots: 50, wallMs: 0 });
  if (!created.ok) throw new Error(created.error.message);
  const memory = created.value;
  const made = [0, 1, 2].map((i) => memory.rows.allocate(`row ${i}`, "counter", 30_000, 0)!);
  expect(statSync(path).blocks * 512).toBeLessThan(1024 * 1024);
  expect(memory.prepareSlot(17)).toBe(true);
  for (const row of made) memory.rows.cells[row.at(17) + 29_999] = 3;
  expect(statSync(path).blocks * 512).toBeWithin(700_000, 2 * 1024 * 1024);
  expect(memory.rows.usedSlots()).toEqual([17]);
  expect(made.map((row) => totalOf(memory.rows, row, 29_999))).toEqual([3, 3, 3]);
});

test("a segment of a gigabyte is not garbage in waiting to the collector: what is used is mapped, and no more", () => {
  const before = heapStats().extraMemorySize;
  const created = createSharedMemory({ paths: [path], slots: 16, wallMs: 0 });
  if (!created.ok) throw new Error(created.error.message);
  expect(statSync(path).size).toBeGreaterThan(1024 ** 3);
  expect(heapStats().extraMemorySize - before).toBeLessThan(16 * 1024 * 1024);
  expect(created.value.rows.cells.byteLength).toBeLessThan(16 * 1024 * 1024);
});

test("rows beyond what is mapped are found, and places from before stay good", () => {
  const owner = create(3, 8 * 1024 * 1024);
  const worker = joined();
  worker.takeSlot(1, 4711, 0);
  const first = owner.rows.allocate("first", "counter", 1, 0)!;
  const place = { cells: worker.rows.cells, at: worker.rows.find("first")!.at(1) };
  let beyond = 0;
  for (let i = 0; i < 500; i++) {
    const made = owner.rows.allocate(`row ${i}`, "counter", 2_000, 0)!;
    owner.rows.cells[made.at(0) + 1_999] = i;
    const found = worker.rows.find(`row ${i}`)!;
    worker.rows.cells[found.at(1) + 1_999]! += 1;
    if (found.at(2) + 2_000 > place.cells.length) beyond++;
    place.cells[place.at]! += 1;
  }
  expect(beyond).toBeGreaterThan(400);
  expect(totalOf(owner.rows, first, 0)).toBe(500);
  expect(totalOf(worker.rows, worker.rows.find("row 499")!, 1_999)).toBe(500);
  expect(totalOf(adopt().rows, first, 0)).toBe(500);
});

test("an owner that has given its segment up maps no more of it, and does not find what comes later", () => {
  const owner = create(2, 8 * 1024 * 1024);
  const successor = adopt();
  owner.rows.allocate("early", "counter", 1, 0);
  owner.close();
  for (let i = 0; i < 100; i++) successor.rows.allocate(`row ${i}`, "counter", 2_000, 0);
  expect(owner.rows.find("early")).not.toBeNull();
  expect(owner.rows.find("row 0")).not.toBeNull();
  expect(owner.rows.find("row 99")).toBeNull();
  expect(joined().rows.list()).toHaveLength(101);
});

test("whatever the lengths, no two parts of rows overlap, nor do those of two slots", () => {
  const slots = 3;
  const owner = create(slots, 2 * 1024 * 1024);
  const random = createRandom([5, 6, 7, 8]);
  const made = Array.from({ length: 120 }, (_, i) =>
    owner.rows.allocate(`row ${i}`, "counter", 1 + randomBelow(random, 4_000), 0),
  ).filter((row) => row !== null);
  expect(made.length).toBeGreaterThan(60);
  const numberOf = (i: number, slot: number): number => i * slots + slot + 1;
  for (const [i, row] of made.entries())
    for (let slot = 0; slot < slots; slot++)
      owner.rows.cells.fill(numberOf(i, slot), row.at(slot), row.at(slot) + row.length);
  const { cells } = joined().rows;
  for (const [i, row] of made.entries())
    for (let slot = 0; slot < slots; slot++) {
      const part = cells.subarray(row.at(slot), row.at(slot) + row.length);
      expect(part.every((cell) => cell === numberOf(i, slot))).toBe(true);
    }
  expect(
    joined()
      .rows.list()
      .map(({ key }) => key),
  ).toEqual(made.map(({ key }) => key));
});

test("a row that is longer than a stripe is not given out", () => {
  const { rows } = create(2);
  expect(rows.allocate("too long", "counter", 32 * 1024 + 1, 0)).toBeNull();
  expect(rows.allocate("as long", "counter", 32 * 1024, 0)).not.toBeNull();
});

test("where the file system has no room, no row is given out, instead of a signal when it is used", () => {
  const full = openSync("/dev/full", "r+");
  expect(reserve(full, 0, 4096)).toBe(false);
  closeSync(full);
  const memory = create(2);
  const rows = new SegmentRows(mapped(memory.rows), { forRows: () => true, inParts: () => false });
  expect(rows.allocate("row", "counter", 1, 0)).toBeNull();
  expect(rows.list()).toEqual([]);
});

test("where it cannot be made, the reason is a value", () => {
  const options = { slots: 2, wallMs: 0 };
  expect(createSharedMemory({ ...options, paths: [join(directory, "no", "segment")] })).toMatchObject({
    ok: false,
    error: { code: "missing" },
  });
  expect(createSharedMemory({ ...options, paths: ["/proc/segment"] }).ok).toBe(false);
});

test("where the best place cannot be had, the next one is taken", () => {
  const created = createSharedMemory({
    paths: ["/proc/segment", path],
    slots: 2,
    wallMs: 0,
  });
  expect(created).toMatchObject({ ok: true, value: { path } });
});

test("an instance finds its segment by its directory", () => {
  const places = segmentPaths(directory);
  expect(places).toEqual(segmentPaths(directory));
  expect(places.at(-1)).toBe(path);
  expect(segmentPaths(`${directory}2`)).not.toContain(places[0]);
});

test("names of neighbours are kept apart, whatever is in them", () => {
  const { rows } = localSharedMemory(0);
  const keys = ["", "a", "a\0b", "ä".repeat(300), "🙂"];
  const made = keys.map((key) => rows.allocate(key, "counter", 5, 0)!);
  for (const [i, row] of made.entries()) rows.cells.fill(i + 1, row.at(0), row.at(0) + 5);
  expect(keys.map((key) => totalOf(rows, rows.find(key)!, 4))).toEqual([1, 2, 3, 4, 5]);
  expect(rows.list().map(({ key }) => key)).toEqual(keys);
});

test("a row that went and came back has its counts; one of another shape is not given out under its name", () => {
  const { rows } = localSharedMemory(0);
  const row = rows.allocate("route", "counter", 2, 0)!;
  rows.cells[row.at(0)] = 9;
  rows.retain("r", new Set(), 0);
  expect(rows.find("route")).toBeNull();
  expect(rows.list()).toEqual([]);
  const again = rows.allocate("route", "counter", 2, 1)!;
  expect(rows.cells[again.at(0)]).toBe(9);
  expect(rows.allocate("route", "counter", 3, 1)).toBeNull();
});

test("rows of others are not touched by who takes its own out of use", () => {
  const { rows } = localSharedMemory(0);
  for (const key of ["a 1", "a 2", "b 1"]) rows.allocate(key, "counter", 1, 0);
  rows.retain("a", new Set(["a 2"]), 0);
  expect(rows.list().map(({ key }) => key)).toEqual(["a 2", "b 1"]);
});

test("room of rows out of use is given to others after an hour, and only when there is no other", () => {
  const { rows } = localSharedMemory(0, { rowsBytes: 16 * 1024, slotBytes: 4096 });
  let made = 0;
  while (rows.allocate(`old ${made}`, "counter", 8, 0) !== null) made++;
  rows.retain("old", new Set(["old 1"]), 1_000);
  expect(rows.allocate("new", "counter", 8, 1_000 + 3_599_999)).toBeNull();
  rows.cells.fill(5, rows.find("old 1")!.at(0), rows.find("old 1")!.at(0) + 8);
  for (let i = 0; i < made - 1; i++) {
    const row = rows.allocate(`new ${i}`, "counter", 8, 1_000 + 3_600_000)!;
    expect(totalOf(rows, row, 0)).toBe(0);
  }
  expect(rows.allocate("one too many", "counter", 8, 1_000 + 3_600_000)).toBeNull();
  expect(totalOf(rows, rows.find("old 1")!, 7)).toBe(5);
});

test("who looks at what has changed since its last look finds what one that looks for the first time does", () => {
  const owner = localSharedMemory(0, { rowsBytes: 16 * 1024, slotBytes: 4096 }).rows as SegmentRows;
  const reader = (): SegmentRows =>
    new SegmentRows(mapped(owner), { forRows: () => true, inParts: () => true });
  const [always, seldom] = [reader(), reader()];
  const random = createRandom([1, 2, 3, 4]);
  const names = new Set<string>();
  let wallMs = 0;
  for (let round = 0; round < 400; round++) {
    const wanted = new Set(Array.from({ length: 20 }, () => `row ${randomBelow(random, 200)}`));
    for (const key of wanted)
      owner.allocate(key, randomBelow(random, 9) === 0 ? "gauge" : "counter", 8, wallMs);
    wallMs += 3_600_000 + round;
    owner.retain("row", wanted, wallMs);
    wallMs += 3_600_000;
    const fresh = placesOf(reader());
    for (const [key] of fresh) names.add(key);
    expect(placesOf(always)).toEqual(fresh);
    expect(placesOf(owner)).toEqual(fresh);
    if (round % 7 === 0) expect(placesOf(seldom)).toEqual(fresh);
  }
  // Far more names than there is room for: rows have changed hands.
  expect(names.size).toBeGreaterThan(150);
});

const FAULTS: readonly (readonly [string, () => void])[] = [
  ["missing", () => {}],
  ["notASegment", () => writeFileSync(path, "some other file ".repeat(100), { mode: 0o600 })],
  ["notASegment", () => writeFileSync(path, "", { mode: 0o600 })],
  ["notASegment", () => symlinkSync("/etc/passwd", path)],
  ["notASegment", () => mkdirSync(path)],
  [
    "otherVersion",
    () => {
      create(2).rows.cells[HEADER.version] = LAYOUT_VERSION + 1;
    },
  ],
  [
    "truncated",
    () => {
      create(2).close();
      truncateSync(path, 100_000);
    },
  ],
  ...[HEADER.slots, HEADER.workersAt, HEADER.rowsAt, HEADER.rowsEnd, HEADER.slotsAt, HEADER.slotCells].map(
    (cell) => ["notASegment", () => createWith(cell, 1e9)] as const,
  ),
  ["notASegment", () => createWith(HEADER.stripeCells, 0)],
  ["notASegment", () => createWith(HEADER.stripeCells, 24 * 1024)],
  [
    "truncated",
    () => {
      create(2).close();
      truncateSync(path, 100);
    },
  ],
  [
    "foreign",
    () => {
      create(2).close();
      chmodSync(path, 0o644);
    },
  ],
];
for (const [i, [code, prepare]] of FAULTS.entries()) {
  test(`a segment that cannot be used is told by its reason (${i + 1}: ${code})`, () => {
    prepare();
    expect(joinSharedMemory(path)).toMatchObject({ ok: false, error: { code, path } });
  });
}

function create(slots: number, slotBytes = 1024 * 1024): OwnedSharedMemory {
  const created = createSharedMemory({
    paths: [path],
    slots,
    sizes: { rowsBytes: 64 * 1024, slotBytes },
    wallMs: 0,
  });
  if (!created.ok) throw new Error(created.error.message);
  for (let slot = 0; slot < slots; slot++) expect(created.value.prepareSlot(slot)).toBe(true);
  return created.value;
}

function placesOf(rows: SegmentRows): [key: string, kind: string, at: number][] {
  const places = rows.list().map((row): [string, string, number] => [row.key, row.kind, row.at(1)]);
  return places.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function mapped({ cells }: CellRows): MappedCells {
  return new MappedCells(new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength), () => null);
}

function createWith(cell: number, value: number): void {
  create(2).rows.cells[cell] = value;
}

function adopt(): OwnedSharedMemory {
  const adopted = adoptSharedMemory(path);
  if (!adopted.ok) throw new Error(adopted.error.message);
  return adopted.value;
}

function joined() {
  const result = joinSharedMemory(path);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function countedRows({ rows }: OwnedSharedMemory) {
  return {
    counter: rows.allocate("counter", "counter", 2, 0)!,
    gauge: rows.allocate("gauge", "gauge", 1, 0)!,
  };
}

function spawn(slot: number, times: number | string): Bun.Subprocess {
  return Bun.spawn(
    [process.execPath, join(import.meta.dir, "shared-memory-worker.ts"), path, `${slot}`, `${times}`],
    {
      stdout: "inherit",
      stderr: "inherit",
    },
  );
}
