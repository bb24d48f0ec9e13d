import { expect, test } from "bun:test";
import { part } from "../../src/upstream/parting-connection.ts";
import { type ConnectionPair, connectionPair } from "../support/connection-pair.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** More than a kernel has handed over when the other side does not read. */
const SENT = Buffer.alloc(3 << 20, "x");

async function setUp(sent: Buffer) {
  const pair: ConnectionPair = await connectionPair();
  const clock = new FakeClock();
  pair.far.connection.pause();
  pair.near.connection.send(sent);
  part(pair.near.connection, clock.timers);
  return { ...pair, clock };
}

test("a target that is behind and still speaks gets all, and then its own end counts", async () => {
  const pair = await setUp(SENT);
  using _ = pair;
  pair.far.connection.send(Buffer.from("a window is opened"));
  pair.far.connection.resume();
  await pair.far.saw("end");
  expect(pair.far.receivedBytes).toBe(SENT.length);
  expect(pair.near.connection.closed).toBe(false);
  pair.far.connection.finish();
  await eventually(() => pair.near.connection.closed, "closed");
});

test("a target that says nothing more is waited for so long", async () => {
  const pair = await setUp(Buffer.from("goodbye"));
  using _ = pair;
  pair.far.connection.resume();
  await pair.far.saw("end");
  pair.clock.advance(1_900);
  expect(pair.near.connection.closed).toBe(false);
  pair.clock.advance(2_500);
  expect(pair.near.connection.closed).toBe(true);
});

test("a target that takes nothing any more is not waited for", async () => {
  const pair = await setUp(Buffer.alloc(64 << 20));
  using _ = pair;
  expect(pair.near.connection.blocked).toBe(true);
  pair.clock.advance(10_000);
  expect(pair.near.connection.closed).toBe(true);
  pair.far.connection.resume();
  await eventually(() => pair.far.closed, "the reset");
});
