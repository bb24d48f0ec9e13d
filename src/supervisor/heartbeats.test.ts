import { expect, test } from "bun:test";
import { Heartbeats } from "./heartbeats.ts";

function scene(limitLooks: number) {
  const beats = new Map<string, number | null>([
    ["a", 0],
    ["b", 0],
  ]);
  const silent: string[] = [];
  const heartbeats = new Heartbeats<string>(
    limitLooks,
    (member) => beats.get(member)!,
    (member) => silent.push(member),
  );
  return { beats, silent, look: () => heartbeats.look([...beats.keys()]) };
}

test("who beats is left alone, however long it lives", () => {
  const { beats, silent, look } = scene(2);
  for (let i = 0; i < 20; i++) {
    for (const member of beats.keys()) beats.set(member, i);
    look();
  }
  expect(silent).toEqual([]);
});

test("who has not beaten for so many looks is reported, once", () => {
  const { beats, silent, look } = scene(3);
  look();
  for (let i = 1; i <= 6; i++) {
    beats.set("b", i);
    look();
    expect(silent).toEqual(i < 3 ? [] : ["a"]);
  }
});

test("a beat in time begins the count anew", () => {
  const { beats, silent, look } = scene(3);
  for (let i = 0; i < 12; i++) {
    if (i % 3 === 0) for (const member of beats.keys()) beats.set(member, i);
    look();
  }
  expect(silent).toEqual([]);
});

test("who has not begun to beat, and who is gone, is nobody's concern", () => {
  const { beats, silent, look } = scene(1);
  beats.set("a", null);
  beats.delete("b");
  for (let i = 0; i < 5; i++) look();
  expect(silent).toEqual([]);
});
