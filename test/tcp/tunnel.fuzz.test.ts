/**
 * Invariant: whatever the order of writes, pauses and FINs on either side, each side receives exactly the bytes that
 * the other one sent before its FIN, and the tunnel ends without an error and leaves nothing behind.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { RecordingOwner } from "../support/connection-pair.ts";
import { eventually } from "../support/eventually.ts";
import { TunnelScene, turns } from "./tunnel-scene.ts";

type Act =
  | { readonly kind: "write"; readonly bytes: number }
  | { readonly kind: "pause" | "resume" | "finish" }
  | { readonly kind: "turns"; readonly count: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("write" as const), bytes: fc.integer({ min: 1, max: 200 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      bytes: fc.integer({ min: 1, max: 6_000_000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pause" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("resume" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("turns" as const), count: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("finish" as const) }) },
);
const script = fc.array(fc.tuple(fc.boolean(), act), { maxLength: 30 });
const leftover = fc.integer({ min: 0, max: 100_000 });

test("any sequence of writes, pauses and FINs arrives byte for byte", async () => {
  const property = fc.asyncProperty(script, leftover, leftover, async (steps, before, behind) => {
    await using run = await Run.begin(before, behind);
    for (const [isClient, each] of steps) await run.take(isClient, each);
    await run.finish();
  });
  await fc.assert(property, { numRuns: Number(process.env["FUZZ_RUNS"] ?? 60) });
}, 600_000);

/** One peer: what it has sent and what it must get is a window of the same endless text. */
class Peer {
  readonly owner: RecordingOwner;
  readonly #salt: number;
  readonly #expectedSalt: number;
  sentBytes = 0;
  receivedBytes = 0;
  finished = false;

  constructor(owner: RecordingOwner, salt: number, expectedSalt: number) {
    this.owner = owner;
    this.#salt = salt;
    this.#expectedSalt = expectedSalt;
    owner.onEvent = () => this.#compare();
  }

  get ended(): boolean {
    return this.owner.events.includes("end") || this.owner.closed;
  }

  /** The next bytes of our text. */
  next(count: number): Buffer {
    const bytes = text(this.#salt, this.sentBytes, count);
    this.sentBytes += count;
    return bytes;
  }

  write(count: number): void {
    if (!this.finished) this.owner.connection.send(this.next(count));
  }

  finish(): void {
    this.finished = true;
    this.owner.connection.finish();
  }

  #compare(): void {
    for (const chunk of this.owner.received.splice(0)) {
      const expected = text(this.#expectedSalt, this.receivedBytes, chunk.length);
      if (!chunk.equals(expected)) throw new Error(`other bytes after ${this.receivedBytes}`);
      this.receivedBytes += chunk.length;
    }
  }
}

class Run implements AsyncDisposable {
  readonly #scene: TunnelScene;
  readonly #client: Peer;
  readonly #target: Peer;

  private constructor(scene: TunnelScene) {
    this.#scene = scene;
    this.#client = new Peer(scene.client, 1, 2);
    this.#target = new Peer(scene.target, 2, 1);
  }

  static async begin(clientLeftover: number, targetLeftover: number): Promise<Run> {
    const scene = await TunnelScene.prepare();
    const run = new Run(scene);
    const downstreamLeftover = run.#client.next(clientLeftover);
    scene.begin({ downstreamLeftover, upstreamLeftover: run.#target.next(targetLeftover) });
    return run;
  }

  async take(isClient: boolean, act: Act): Promise<void> {
    const peer = isClient ? this.#client : this.#target;
    if (act.kind === "write") peer.write(act.bytes);
    else if (act.kind === "turns") await turns(act.count);
    else if (act.kind === "finish") peer.finish();
    else peer.owner.connection[act.kind]();
  }

  async finish(): Promise<void> {
    for (const peer of [this.#client, this.#target]) {
      peer.finish();
      peer.owner.connection.resume();
    }
    await eventually(() => this.#client.ended && this.#target.ended, "both ends", 30_000);
    expect(this.#client.receivedBytes).toBe(this.#target.sentBytes);
    expect(this.#target.receivedBytes).toBe(this.#client.sentBytes);
    const summary = await this.#scene.summary();
    expect(summary.error).toBeNull();
    expect(summary.downstreamBytes).toBe(this.#client.sentBytes);
    expect(summary.upstreamBytes).toBe(this.#target.sentBytes);
    expect(this.#scene.clock.timers.size).toBe(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#scene[Symbol.dispose]();
  }
}

/** A window of a text whose period no buffer size divides. */
function text(salt: number, start: number, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count);
  const period = PERIODS[salt]!;
  for (let at = 0; at < count; ) {
    const from = (start + at) % period.length;
    at += period.copy(bytes, at, from, Math.min(period.length, from + count - at));
  }
  return bytes;
}

const PERIODS = [0, 1, 2].map((salt) => {
  const bytes = Buffer.alloc(99_991);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i + salt * 7, 0x9e3779b1) >>> 24;
  return bytes;
});
