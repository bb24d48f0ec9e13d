/** Many clients that stop reading at once: what is held for all of them together, and who has to go for it. */
import { expect, test } from "bun:test";
import { Readable } from "node:stream";
import { HeldBudget } from "../../src/io/held-budget.ts";
import { AutoUpstream } from "../support/auto-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { proxyTo, type TestProxy } from "../support/test-proxy.ts";

const MIB = 1024 * 1024;
/** More than the kernel's buffers on the way; made as it is taken, so that the test itself stays small. */
const LARGE_BYTES = 24 * MIB;
const PIECE = Buffer.alloc(64 * 1024, "a");

function* pieces(): Generator<Buffer> {
  for (let sent = 0; sent < LARGE_BYTES; sent += PIECE.length) yield PIECE;
}

function heldBytes(proxy: TestProxy): number {
  return proxy.running.census().listeners.reduce((sum, { unsentBytes }) => sum + unsentBytes, 0);
}

async function stoppedClient(port: number): Promise<RawPeer> {
  const client = await RawPeer.connect(port);
  client.discard = true;
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await client.untilBytes(1);
  client.socket.pause();
  return client;
}

test("30 clients that stand still hold no more than `limits.held`; one that reads slowly gets all of it", async () => {
  await using upstream = await AutoUpstream.start((_, response) => {
    response.writeHead(200, { "content-length": LARGE_BYTES });
    Readable.from(pieces()).pipe(response);
  });
  await using proxy = await proxyTo(upstream.target, "{ limits: { held: 1MiB } }");
  using slow = await stoppedClient(proxy.port());
  await eventually(() => heldBytes(proxy) > 0, "something is held for it");
  const reading = setInterval(() => {
    slow.socket.resume();
    setTimeout(() => slow.socket.pause(), 1);
  }, 5);
  const clients: RawPeer[] = [];
  let most = 0;
  for (let i = 0; i < 30; i++) {
    clients.push(await stoppedClient(proxy.port()));
    most = Math.max(most, heldBytes(proxy));
  }
  const shed = () => proxy.records.filter(({ error }) => error?.code === "limit.held").length;
  await eventually(() => {
    most = Math.max(most, heldBytes(proxy));
    return shed() >= 5;
  }, "some had to go");
  expect(most).toBeLessThan(2 * MIB);
  await slow.untilBytes(LARGE_BYTES);
  clearInterval(reading);
  expect(proxy.records.filter(({ status, error }) => status === 200 && error === null)).toHaveLength(1);
  // Told in a few lines, though each has one in the access log.
  expect(proxy.failures.filter((code) => code === "limit.held").length).toBeWithin(1, 11);
  for (const client of clients) client.socket.destroy();
  slow.socket.destroy();
  await proxy.quiet();
}, 30_000);

test("the victim is the largest of those that have stood still for longest", () => {
  const budget = new HeldBudget<{ name: string; unsentBytes: number }>();
  const holders = Array.from({ length: 40 }, (_, i) => ({ name: `${i}`, unsentBytes: 100 + i }));
  budget.limitBytes = 1_000;
  for (const holder of holders) budget.add(holder, holder.unsentBytes);
  expect(budget.isOver).toBe(true);
  expect(budget.victim()!.name).toBe("31");
  // One that takes a little goes to the end of the queue.
  holders[31]!.unsentBytes -= 1;
  budget.taken(holders[31]!, 1);
  expect(budget.victim()!.name).toBe("32");
  budget.drop(holders[32]!, holders[32]!.unsentBytes);
  expect(budget.victim()!.name).toBe("33");
});

test("what is counted comes to nothing when nobody holds anything", () => {
  const budget = new HeldBudget<{ unsentBytes: number }>();
  const holder = { unsentBytes: 50 };
  budget.add(holder, 30);
  budget.add(holder, 20);
  holder.unsentBytes = 0;
  budget.taken(holder, 50);
  expect([budget.bytes, budget.victim()]).toEqual([0, null]);
});
