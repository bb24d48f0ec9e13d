import { expect, test } from "bun:test";
import fc from "fast-check";
import { StreamTable } from "./stream-table.ts";

interface Stream {
  readonly id: number;
}

const MAX_ID = 0x7fff_ffff;
/** Next to each other, as clients number them, and anywhere, some of them with the same first slot. */
const ids = fc.oneof(
  fc.nat(40).map((n) => n * 2 + 1),
  fc.nat(6).map((n) => n * 0x1_0000 + 1),
  fc.constantFrom(1, MAX_ID, MAX_ID - 2, MAX_ID - 32, MAX_ID - 64),
);
const acts = fc.array(fc.record({ adds: fc.boolean(), id: ids }), { maxLength: 300 });

test("has the streams that a Map would have", () => {
  fc.assert(
    fc.property(acts, (steps) => {
      const table = new StreamTable<Stream>();
      const expected = new Map<number, Stream>();
      for (const { adds, id } of steps) {
        if (!adds) {
          table.delete(id);
          expected.delete(id);
        } else if (!expected.has(id)) {
          const stream = { id };
          table.add(stream);
          expected.set(id, stream);
        }
        expect(table.size).toBe(expected.size);
        for (const step of steps) expect(table.get(step.id)).toBe(expected.get(step.id));
        expect([...table].map((stream) => stream.id).sort()).toEqual([...expected.keys()].sort());
      }
    }),
  );
});

test("a stream that stays is found beside a hundred thousand that come and go", () => {
  const table = new StreamTable<Stream>();
  const stays = { id: 1 };
  table.add(stays);
  for (let id = 3; id < 200_000; id += 2) {
    table.add({ id });
    if (id > 200) table.delete(id - 198);
    expect(table.has(id)).toBe(true);
  }
  expect(table.get(1)).toBe(stays);
  expect(table.size).toBe(100);
});
