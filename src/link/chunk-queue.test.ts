import { expect, test } from "bun:test";
import { createRandom, randomBelow } from "../base/random.ts";
import { giveBack, letGoAtOnce, noteKept } from "../io/chunk-memory.ts";
import { ChunkQueue } from "./chunk-queue.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Every byte says which chunk it is of, and where. */
function patternAt(chunk: number, at: number): number {
  return (chunk * 37 + at * 11 + (at >> 8)) & 0xff;
}

interface Expected {
  readonly chunk: number;
  start: number;
  readonly end: number;
}

/** A queue, and what must come out of it. */
class Checked {
  readonly queue = new ChunkQueue();
  readonly expected: Expected[] = [];

  add(bytes: Buffer, part: Expected): void {
    this.queue.add(bytes, part.start, part.end);
    this.expected.push(part);
  }

  get bytes(): number {
    return this.expected.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** Drops first and looks then, as whoever hands on does: within the turn the bytes must still be there. */
  take(most: number, use: (part: Buffer) => void): void {
    if (this.queue.bytes === 0) return;
    const { chunk, start, end } = this.queue.first(most);
    const next = this.expected[0]!;
    this.queue.drop(end - start);
    use(chunk.subarray(start, end));
    expect(end - start).toBeLessThanOrEqual(next.end - next.start);
    for (let at = start; at < end; at++) {
      if (chunk[at] !== patternAt(next.chunk, next.start + at - start))
        throw new Error(`chunk ${next.chunk}, byte ${next.start + at - start}`);
    }
    next.start += end - start;
    if (next.start === next.end) this.expected.shift();
  }

  clear(): void {
    expect(this.queue.clear()).toBe(this.bytes);
    this.expected.length = 0;
  }
}

function play(seed: number) {
  const random = createRandom([seed, 2, 3, 4]);
  const below = (bound: number): number => randomBelow(random, bound);
  const queues = [new Checked(), new Checked(), new Checked()];
  const received: { readonly bytes: Buffer; readonly isGivenBack: boolean }[] = [];
  /** What a connection would keep of what it is handed. */
  const held: Buffer[] = [];
  const steps = [receive, receive, take, take, take, take, release, turn, clear];

  function receive(): void {
    const chunk = received.length;
    const bytes = Buffer.from(new ArrayBuffer(2_048 + below(20_000)));
    for (let at = 0; at < bytes.length; at++) bytes[at] = patternAt(chunk, at);
    for (let parts = below(4); parts > 0; parts--) {
      const start = below(bytes.length);
      const end = start + below(bytes.length - start + 1);
      if (start < end) queues[below(3)]!.add(bytes, { chunk, start, end });
    }
    const isGivenBack = below(5) > 0;
    if (isGivenBack) giveBack(bytes);
    received.push({ bytes, isGivenBack });
  }

  function take(): void {
    const keeps = below(3) === 0;
    queues[below(3)]!.take(1 + below(12_000), (part) => {
      if (!keeps) return;
      noteKept(part);
      held.push(part);
    });
  }

  function release(): void {
    const part = held.shift();
    if (part !== undefined) letGoAtOnce(part);
  }

  function clear(): void {
    if (below(4) === 0) queues[below(3)]!.clear();
  }

  return { step: () => steps[below(steps.length)]!(), queues, held, received };
}

test("what waits is there until it is taken, and no chunk outlives the last of its parts", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { step, queues, held, received } = play(seed);
    for (let i = 0; i < 250; i++) await step();
    for (const { queue, bytes } of queues) expect(queue.bytes).toBe(bytes);
    for (const part of held) letGoAtOnce(part);
    for (const each of queues) while (each.queue.bytes > 0) each.take(Number.POSITIVE_INFINITY, () => {});
    await turn();
    for (const { bytes, isGivenBack } of received) expect(bytes.length === 0).toBe(isGivenBack);
  }
});

test("a small part of a large chunk is copied, and does not keep it", () => {
  const queue = new ChunkQueue();
  const chunk = Buffer.from(new ArrayBuffer(8_192)).fill(7);
  queue.add(chunk, 100, 2_100);
  giveBack(chunk);
  expect(chunk.length).toBe(0);
  expect(queue.first(9_999).chunk.equals(Buffer.alloc(2_000, 7))).toBe(true);
  queue.drop(2_000);
  expect(queue.bytes).toBe(0);
});
