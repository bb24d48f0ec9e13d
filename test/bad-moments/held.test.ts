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
}, 60_000);

class FakeHolder {
  readonly name: string;
  unsentBytes: number;
  takenBytes = 0;

  constructor(name: string, unsentBytes: number) {
    this.name = name;
    this.unsentBytes = unsentBytes;
  }
}

/** Forty that hold 100, 101, … bytes, 4,780 in all. */
function fortyHolders() {
  const budget = new HeldBudget<FakeHolder>();
  const holders = Array.from({ length: 40 }, (_, i) => new FakeHolder(`${i}`, 100 + i));
  for (const holder of holders) budget.add(holder, holder.unsentBytes);
  const shed = (nowMs: number): string[] => {
    const gone: string[] = [];
    budget.shed(nowMs, (holder) => {
      gone.push(holder.name);
      budget.drop(holder, holder.unsentBytes);
    });
    return gone;
  };
  return { budget, holders, shed };
}

test("who stands still goes, the largest first; nobody at a single look", () => {
  const { budget, shed } = fortyHolders();
  budget.limitBytes = 4_600;
  expect(shed(0)).toEqual([]);
  expect(shed(5)).toEqual([]);
  expect(shed(260)).toEqual(["39", "38"]);
  expect(budget.isOver).toBe(false);
  expect(shed(600)).toEqual([]);
});

test("whose peer takes anything stays, however much it holds, as long as others stand still", () => {
  const { budget, holders, shed } = fortyHolders();
  budget.limitBytes = 4_600;
  const slow = holders[3]!;
  slow.unsentBytes += 1_000;
  budget.add(slow, 1_000);
  budget.limitBytes += 1_000;
  shed(0);
  slow.takenBytes += 1;
  const gone = shed(260);
  expect(gone).toHaveLength(2);
  expect(gone).not.toContain("3");
});

test("whose acknowledgements come once in a round trip stays as well", () => {
  const { budget, holders, shed } = fortyHolders();
  const far = holders[3]!;
  far.unsentBytes += 1_000;
  budget.add(far, 1_000);
  budget.limitBytes = 5_600;
  const gone: string[] = [];
  for (let nowMs = 0; nowMs < 600; nowMs += 11) {
    far.takenBytes = Math.floor(nowMs / 150);
    gone.push(...shed(nowMs));
  }
  expect(gone).toHaveLength(2);
  expect(gone).not.toContain("3");
});

test("far over the limit those go at once that nobody has looked at, and who is known to move as the last", () => {
  const { budget, holders, shed } = fortyHolders();
  const [slow] = holders;
  budget.limitBytes = 100_000;
  shed(0);
  slow!.takenBytes += 1;
  shed(260);
  budget.limitBytes = 100;
  const gone = shed(265);
  expect(gone).toHaveLength(32);
  expect(gone).not.toContain("0");
  expect(shed(266)).toHaveLength(7);
  expect(budget.bytes).toBe(100);
});

test("what is counted comes to nothing when nobody holds anything", () => {
  const budget = new HeldBudget<FakeHolder>();
  const holder = new FakeHolder("", 50);
  budget.add(holder, 30);
  budget.add(holder, 20);
  holder.unsentBytes = 0;
  budget.taken(holder, 50);
  budget.limitBytes = -1;
  budget.shed(0, () => expect.unreachable());
  expect(budget.bytes).toBe(0);
});
