/** Many connections at once: some that wait, some that send nothing, some that are too many. */
import { expect, test } from "bun:test";
import type { Socket } from "bun";
import { ask, askOnce } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";

const site = (settings: string) => `
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, respond: { status: 200, body: hi } }]`;

interface Flood {
  readonly sockets: Socket[];
  closed: number;
}

/** Connections that send nothing. */
async function flood(port: number, count: number): Promise<Flood> {
  const made: Flood = { sockets: [], closed: 0 };
  const socket = {
    data() {},
    close() {
      made.closed++;
    },
  };
  for (let i = 0; i < count; i++) {
    made.sockets.push((await Bun.connect({ hostname: "127.0.0.1", port, socket })) as Socket);
  }
  return made;
}

test("2,000 connections that send nothing hinder nobody, and are gone after `timeouts.head`", async () => {
  const clock = new FakeClock();
  await using proxy = await startTestProxy(site("{ timeouts: { head: 10s } }"), { timers: clock.timers });
  const silent = await flood(proxy.port(), 2_000);
  await eventually(() => proxy.running.census().listeners[0]!.connections === 2_000, "all are accepted");
  expect((await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h")).body).toBe("hi");
  clock.advance(9_900);
  expect(silent.closed).toBe(0);
  clock.advance(200);
  await eventually(() => silent.closed === 2_000, "all are closed");
  for (const socket of silent.sockets) socket.terminate();
  await proxy.quiet();
});

test("beyond `limits.connections` they are turned away, with a few lines in the log, and others keep theirs", async () => {
  const clock = new FakeClock();
  await using proxy = await startTestProxy(
    site("{ limits: { connections: 100 }, timeouts: { head: 10s } }"),
    {
      timers: clock.timers,
    },
  );
  using client = await RawPeer.connect(proxy.port());
  await ask(client, "GET / HTTP/1.1", "Host: h");
  const silent = await flood(proxy.port(), 500);
  await eventually(() => silent.closed === 401, "the others are turned away");
  expect((await ask(client, "GET / HTTP/1.1", "Host: h")).body).toBe("hi");
  expect(proxy.failures).toEqual(Array(10).fill("limit.connections"));
  clock.advance(10_100);
  expect(proxy.events.at(-1)).toMatchObject({ event: "failures_not_shown", at: "web", count: 391 });
  await eventually(() => silent.closed === 500, "the silent ones are closed");
  expect((await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h")).body).toBe("hi");
  for (const socket of silent.sockets) socket.terminate();
});
