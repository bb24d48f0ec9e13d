/** Fields in place of received ones: what stands elsewhere in the same bytes stays where it is. */
import { expect, test } from "bun:test";
import { blockOf, replaceField } from "./own-fields.ts";

test("a field takes the place of all by its name", () => {
  const block = blockOf([
    ["Content-Type", "a/b"],
    ["x", "1"],
    ["content-type", "c/d"],
  ]);
  const received = Buffer.from(block.bytes);
  const before = block.bytes;
  replaceField(block, "content-type", "e/f");
  expect(block.get("content-type")).toBe("e/f, c/d");
  expect(block.idAt(2)).toBe(1);
  expect([block.nameAt(0), block.valueAt(0), block.idAt(0)]).toEqual(["content-type", "e/f", 0]);
  expect(block.get("x")).toBe("1");
  expect(before).toEqual(received);
});

test("one that was not there is added, and ranges beyond the fields stay", () => {
  const block = blockOf([["x", "1"]]);
  block.bytes = Buffer.from("x: 1\r\nGET /behind");
  replaceField(block, "te", "trailers", block.bytes.length);
  expect(block.get("te")).toBe("trailers");
  expect(block.bytes.toString("latin1", 10, 17)).toBe("/behind");
});

test("a copy has the field that took an earlier place, wherever it stands", () => {
  const block = blockOf([
    ["content-type", "a/b"],
    ["x", "1"],
  ]);
  replaceField(block, "content-type", "longer/than-before");
  const copy = block.copy();
  block.detach(0);
  for (const each of [copy, block]) {
    expect([each.get("content-type"), each.get("x")]).toEqual(["longer/than-before", "1"]);
  }
});
