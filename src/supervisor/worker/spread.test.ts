import { afterEach, describe, expect, test } from "bun:test";
import { descriptorPair, receiveDescriptors } from "../../io/descriptor-passing.ts";
import { posix } from "../../io/posix.ts";
import { letterOf, noteOf, Spread } from "./spread.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Seat 0 with so many peers; what it hands on stays in their boxes until `deliver`. */
function scene(peers: number) {
  const calls = posix!;
  const connections = new Array<number>(peers + 1).fill(0);
  const underWay = new Map<string, number>();
  const turns = new Array<number>(peers + 1).fill(0);
  const serving = new Array<boolean>(peers + 1).fill(true);
  const spread = new Spread(calls, 0, {
    connections: (seat) => connections[seat]!,
    turns: (seat) => turns[seat]!,
    serves: (seat) => serving[seat]!,
    underWay: (from, to) => underWay.get(`${from} ${to}`) ?? 0,
    countSent: (to) => void underWay.set(`0 ${to}`, (underWay.get(`0 ${to}`) ?? 0) + 1),
    countNone: (to) => void underWay.delete(`0 ${to}`),
  });
  const boxes = Array.from({ length: peers }, (_, index) => {
    const [near, far] = descriptorPair(calls);
    const [bell, heard] = descriptorPair(calls);
    cleanups.push(() => [far, heard].forEach((each) => void calls.close(each)));
    return { mailbox: { seat: index + 1, pid: 1, box: near, bell }, far };
  });
  spread.usePeers(boxes.map(({ mailbox }) => mailbox));
  cleanups.push(() => spread.usePeers([]));
  const deliver = () => {
    for (const { mailbox, far } of boxes) {
      for (let next = receiveDescriptors(calls, far); next !== null; next = receiveDescriptors(calls, far)) {
        expect(letterOf(next.note)).toEqual({ listener: 5, from: 0 });
        for (const each of next.descriptors) calls.close(each);
        connections[mailbox.seat]!++;
        turns[mailbox.seat]!++;
        underWay.set(`0 ${mailbox.seat}`, underWay.get(`0 ${mailbox.seat}`)! - 1);
      }
    }
  };
  /** Accepts as many, and gives how many are kept. */
  const accept = (count: number, each: () => void = () => {}) => {
    for (let i = 0; i < count; i++) {
      if (!spread.handOn(0, 5, connections[0]!)) {
        connections[0]!++;
        turns[0]!++;
      }
      each();
    }
    return connections[0]!;
  };
  return { spread, connections, turns, underWay, serving, accept, deliver };
}

describe.skipIf(posix === null)("handing connections on", () => {
  for (const peers of [1, 3, 7]) {
    for (const when of ["at once", "in the end"]) {
      test(`one of ${peers + 1} that accepts all 256 keeps its part, when they arrive ${when}`, () => {
        const { connections, accept, deliver } = scene(peers);
        accept(256, when === "at once" ? deliver : undefined);
        deliver();
        const even = 256 / (peers + 1);
        for (const count of connections) expect(count).toBeWithin(even * 0.85, even * 1.15);
        expect(connections.reduce((sum, count) => sum + count)).toBe(256);
      });
    }
  }

  test("what others have handed here and has not arrived counts as here", () => {
    const { connections, underWay, accept } = scene(1);
    connections[1] = 20;
    underWay.set("1 0", 40);
    expect(accept(4)).toBe(0);
    underWay.delete("1 0");
    expect(accept(4)).toBe(4);
  });

  test("what others have handed to a third and has not arrived counts as there", () => {
    const { underWay, connections, accept } = scene(2);
    connections[0] = 20;
    underWay.set("1 2", 20);
    expect(accept(10)).toBe(20);
    underWay.set("2 1", 30);
    expect(accept(10)).toBeWithin(23, 28);
  });

  test("small differences stay", () => {
    const { connections, accept } = scene(1);
    connections[0] = 97;
    connections[1] = 90;
    expect(accept(3)).toBe(100);
  });

  test("of connections that do not stay, who has had clearly fewer gets some, as long as it has no more of them now", () => {
    const { connections, turns, accept, deliver } = scene(2);
    const gone = () => {
      deliver();
      connections.fill(0);
    };
    accept(600, gone);
    expect(turns.reduce((sum, count) => sum + count)).toBe(600);
    for (const count of turns) expect(count).toBeWithin(185, 215);
    turns[0] = turns[1]! + 100;
    connections[1] = connections[2] = 1;
    expect(accept(1)).toBe(1);
    expect(accept(1)).toBe(1);
  });

  test("nobody gets any who does not serve, nor when there is nobody", () => {
    const { spread, connections, serving, accept } = scene(2);
    serving.fill(false);
    expect(accept(50)).toBe(50);
    serving[2] = true;
    expect(accept(10)).toBe(50);
    spread.usePeers([]);
    expect(accept(10)).toBe(60);
    expect(connections).toEqual([60, 0, 0]);
  });

  test("who takes no more keeps nobody waiting: the connection stays", () => {
    const { connections, accept } = scene(1);
    const kept = accept(5_000);
    expect(kept).toBeGreaterThan(2_500);
    expect(connections[1]).toBe(0);
  });

  test("a letter's note carries both numbers", () => {
    for (const letter of [
      { listener: 0, from: 0 },
      { listener: 4_000_000, from: 1_023 },
    ]) {
      expect(letterOf(noteOf(letter))).toEqual(letter);
    }
  });
});
