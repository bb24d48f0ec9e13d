import { expect, test } from "bun:test";
import { ByteSink } from "../../base/byte-sink.ts";
import { Stamp } from "./stamp.ts";

function written(stamp: Stamp, wallMs: number): string {
  const sink = new ByteSink(64);
  stamp.write(sink, wallMs);
  return sink.bytes.toString("latin1", 0, sink.length);
}

test("one stamp gives every time anew, forwards and backwards", () => {
  const stamp = Stamp.iso();
  for (const wallMs of [0, 7, 999, 1_000, 1_001, 61_010, 5, 1_764_516_094_123, 1_764_516_094_099]) {
    expect(written(stamp, wallMs)).toBe(new Date(wallMs).toISOString());
  }
});

test("a fraction of a millisecond is cut off", () => {
  expect(written(Stamp.iso(), 1_999.999)).toBe("1970-01-01T00:00:01.999Z");
});

test("the common format has the time in UTC", () => {
  const stamp = Stamp.common();
  expect(written(stamp, 1_764_516_094_123)).toBe("30/Nov/2025:15:21:34 +0000");
  expect(written(stamp, 1_764_516_095_000)).toBe("30/Nov/2025:15:21:35 +0000");
});
