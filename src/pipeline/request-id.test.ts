import { expect, test } from "bun:test";
import { ByteSink } from "../base/byte-sink.ts";
import { createRandom } from "../base/random.ts";
import { createRequestIds, isAcceptableId } from "./request-id.ts";

test("ids are 32 hexadecimal digits, all different, and the same as bytes and as text", () => {
  const ids = createRequestIds(createRandom([1, 2, 3, 4]));
  const seen = new Set<string>();
  for (let count = 0; count < 20_000; count++) {
    const id = ids();
    const sink = new ByteSink(8);
    id.writeTo(sink);
    const text = id.toString();
    expect(sink.bytes.toString("latin1", 0, sink.length)).toBe(text);
    if (count < 100) expect(text).toMatch(/^[0-9a-f]{32}$/);
    seen.add(text);
  }
  expect(seen.size).toBe(20_000);
});

test("ids stay apart when the randomness repeats itself, and between processes", () => {
  const stuck = createRequestIds({ nextUint32: () => 7 });
  expect(stuck().toString()).not.toBe(stuck().toString());
  const [a, b] = [1, 2].map((seed) => createRequestIds(createRandom([seed, 2, 3, 4]))().toString());
  expect(a!.slice(0, 16)).not.toBe(b!.slice(0, 16));
});

test("a given id is kept when it is harmless", () => {
  for (const id of ["a", "5f0c1e2a-9b7d-43d8", "a.b:c/d+e=f", "x".repeat(128), "A_1"])
    expect(isAcceptableId(id)).toBe(true);
  for (const id of [
    "",
    "x".repeat(129),
    "a b",
    "a\tb",
    "a,b",
    'a"b',
    "a;b",
    "a\u00e9",
    "<script>",
    "a\r\nb",
    "%0a",
    "a\0",
  ])
    expect([id, isAcceptableId(id)]).toEqual([id, false]);
});
