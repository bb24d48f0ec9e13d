import { expect, test } from "bun:test";
import { createResolver } from "../../src/io/resolver.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { ATTEMPTS, CONNECT_MS, EVERY_MS, PortTarget, TcpScene } from "./tcp-scene.ts";
import { turns } from "./tunnel-scene.ts";

test("a client and a target talk; one record tells of it, and the target counts it while it lasts", async () => {
  using target = new PortTarget().open();
  using scene = new TcpScene([target.address]);
  const client = await scene.client();
  const origin = await target.accepted();
  expect(scene.active).toBe(1);
  expect(scene.listener.connections).toBe(1);
  client.connection.send(Buffer.from("ping"));
  await eventually(() => origin.text === "ping", "ping");
  origin.connection.send(Buffer.from("pong!"));
  await eventually(() => client.text === "pong!", "pong");
  client.connection.finish();
  await origin.saw("end");
  origin.connection.finish();
  expect(await scene.record()).toMatchObject({
    kind: "tcp",
    listener: "tunnel",
    route: "test/0",
    target: scene.targets[0]!.name,
    remoteAddress: "127.0.0.1",
    attempts: 1,
    receivedBytes: 4,
    sentBytes: 5,
    error: null,
  });
  expect(scene.active).toBe(0);
  expect(scene.listener.connections).toBe(0);
  expect(scene.clock.timers.size).toBe(0);
});

test("while all targets refuse, the client is held; the first that accepts gets all its bytes", async () => {
  using gone = new PortTarget();
  using target = new PortTarget();
  using scene = new TcpScene([gone.address, target.address]);
  const client = await scene.client();
  client.connection.send(Buffer.from("hello "));
  await scene.held();
  client.connection.send(Buffer.from("world"));
  await scene.held();
  scene.clock.advance(EVERY_MS + 50);
  await scene.held();
  expect(scene.active).toBe(0);
  target.open();
  // Nothing is tried before its time.
  scene.clock.advance(EVERY_MS - 100);
  await turns(20);
  expect(target.connections).toHaveLength(0);
  scene.clock.advance(150);
  const origin = await target.accepted();
  await eventually(() => origin.text === "hello world", "the held bytes");
  expect(client.closed).toBeFalse();
  client.connection.abort();
  const { attempts, connectMs } = await scene.record();
  expect(attempts).toBeGreaterThanOrEqual(5);
  expect(connectMs).toBeGreaterThanOrEqual(2 * EVERY_MS);
});

test("after the last round the client is closed, with the word of the last failure", async () => {
  using gone = new PortTarget();
  using scene = new TcpScene([gone.address]);
  const client = await scene.client();
  for (let round = 1; round < ATTEMPTS; round++) {
    await scene.held();
    scene.clock.advance(EVERY_MS + 50);
  }
  await client.saw("end");
  expect(await scene.record()).toMatchObject({
    target: null,
    attempts: ATTEMPTS,
    error: { code: "upstream.refused", cause: "ECONNREFUSED" },
    connectMs: null,
    receivedBytes: 0,
  });
  expect(scene.listener.connections).toBe(0);
  expect(scene.clock.timers.size).toBe(0);
});

test("a client that leaves while it is held ends the rounds at once, by FIN or by RST", async () => {
  for (const leave of ["finish", "abort"] as const) {
    using gone = new PortTarget();
    using scene = new TcpScene([gone.address]);
    const client = await scene.client();
    client.connection.send(Buffer.from("x"));
    await scene.held();
    client.connection[leave]();
    expect((await scene.record()).error?.code).toBe("request.aborted");
    expect(scene.listener.connections).toBe(0);
    expect(scene.clock.timers.size).toBe(0);
    expect(scene.active).toBe(0);
    gone.open();
    scene.clock.advance(2 * EVERY_MS);
    await turns(20);
    expect(gone.connections).toHaveLength(0);
  }
});

test("a client that is done sending before a target is reached gets its answer", async () => {
  using target = new PortTarget().open();
  using scene = new TcpScene([target.address]);
  const client = await scene.client();
  client.connection.send(Buffer.from("one shot"));
  client.connection.finish();
  const origin = await target.accepted();
  await origin.saw("end");
  expect(origin.text).toBe("one shot");
  origin.connection.send(Buffer.from("answer"));
  origin.connection.finish();
  await eventually(() => client.closed, "the end");
  expect(client.text).toBe("answer");
  expect((await scene.record()).error).toBeNull();
});

test("draining in the middle of a round: the round is finished and none follows", async () => {
  using gone = new PortTarget();
  using scene = new TcpScene([gone.address, gone.address], {
    onAccept: ({ listener }) => void listener.drain(),
  });
  const client = await scene.client();
  await client.saw("end");
  expect(await scene.record()).toMatchObject({ attempts: 2, error: { code: "upstream.refused" } });
});

test("what a held client sends beyond a bound waits in the kernel, and comes whole", async () => {
  using target = new PortTarget();
  using scene = new TcpScene([target.address]);
  const client = await scene.client();
  const upload = Buffer.alloc(20_000_000, "u");
  client.connection.send(upload);
  await scene.held();
  await turns(50);
  expect(client.connection.blocked).toBeTrue();
  // A RST is noticed even so (see the next test); a FIN is not, which costs no more than the remaining rounds.
  target.open();
  scene.clock.advance(EVERY_MS + 50);
  const origin = await target.accepted();
  await eventually(() => origin.receivedBytes === upload.length, "the upload");
});

test("a client that sends much, is paused and resets is let go at once", async () => {
  using gone = new PortTarget();
  using scene = new TcpScene([gone.address]);
  const client = await scene.client();
  client.connection.send(Buffer.alloc(20_000_000));
  await scene.held();
  await turns(50);
  client.connection.abort();
  expect((await scene.record()).error?.code).toBe("request.aborted");
  expect(scene.clock.timers.size).toBe(0);
});

test("a connect that takes too long is given up for the next target", async () => {
  using slow = new PortTarget().open();
  using scene = new TcpScene([slow.address], {
    // The connect is under way and cannot be through before the loop goes on.
    onAccept: ({ clock }) => clock.advance(CONNECT_MS + 50),
  });
  const client = await scene.client();
  await scene.held();
  expect(scene.active).toBe(0);
  await slow.accepted().then((late) => eventually(() => late.closed, "the end of the late connection"));
  client.connection.abort();
  await scene.record();
});

test("timeouts have their own word", async () => {
  using slow = new PortTarget().open();
  using scene = new TcpScene([slow.address], {
    onAccept: ({ clock, listener }) => {
      listener.drain();
      clock.advance(CONNECT_MS + 50);
    },
  });
  const client = await scene.client();
  await client.saw("end");
  expect((await scene.record()).error?.code).toBe("upstream.connect_timeout");
});

test("all addresses of a name are tried, and a name without one has its own word", async () => {
  using target = new PortTarget().open();
  const clock = new FakeClock();
  const answers: Record<string, string[]> = { "both.test": ["127.0.0.2", "127.0.0.1"], "none.test": [] };
  const resolver = createResolver({
    servers: [],
    refreshMs: 1_000,
    clock,
    timers: clock.timers,
    lookup: async (name) => {
      const addresses = answers[name]!;
      if (addresses.length === 0) return { ok: false, error: "ENOTFOUND" };
      return { ok: true, value: { addresses, ttlMs: Promise.resolve(null) } };
    },
  });
  {
    using scene = new TcpScene([{ ...target.address, host: "both.test" }], { clock, resolver });
    await scene.targets[0]!.resolved;
    const client = await scene.client();
    await target.accepted();
    client.connection.abort();
    expect((await scene.record()).target).toBe(`both.test:${target.address.port}`);
  }
  using scene = new TcpScene([{ ...target.address, host: "none.test" }], { clock, resolver });
  await scene.targets[0]!.resolved;
  await scene.client();
  await scene.held();
  scene.listener.drain();
  expect((await scene.record()).attempts).toBe(0);
  expect((await scene.record()).error).toMatchObject({ code: "proxy.draining" });
  scene.records.length = 0;
  const client = await scene.client();
  for (let round = 1; round < ATTEMPTS; round++) {
    await scene.held();
    clock.advance(EVERY_MS + 50);
  }
  await client.saw("end");
  expect((await scene.record()).error).toMatchObject({ code: "upstream.name_not_found", cause: "ENOTFOUND" });
  resolver.close();
});

test("a target that is full is passed over, and a listener that is full turns away", async () => {
  using target = new PortTarget().open();
  using other = new PortTarget().open();
  {
    using scene = new TcpScene([target.address]);
    await scene.client();
    await scene.client();
    await target.accepted(1);
    const third = await scene.client();
    await scene.held();
    scene.listener.drain();
    await third.saw("end");
    expect(scene.targets[0]!.active).toBe(2);
  }
  using scene = new TcpScene([other.address], { limit: 1 });
  await scene.client();
  await other.accepted();
  const second = await scene.client();
  await second.saw("close ECONNRESET");
  expect((await scene.record()).error?.code).toBe("limit.connections");
});

test("draining lets tunnels go on and holds nobody; cutting ends all", async () => {
  using target = new PortTarget().open();
  using scene = new TcpScene([target.address]);
  const client = await scene.client();
  const origin = await target.accepted();
  target.close();
  const held = await scene.client();
  await scene.held();
  scene.listener.drain();
  await held.saw("end");
  expect((await scene.record()).error?.code).toBe("proxy.draining");
  client.connection.send(Buffer.from("still here"));
  await eventually(() => origin.text === "still here", "the tunnel");
  scene.listener.cut();
  await client.saw("close ECONNRESET");
  await origin.saw("close ECONNRESET");
  expect(scene.listener.connections).toBe(0);
  expect(scene.records.map(({ error }) => error?.code)).toEqual(["proxy.draining", "proxy.draining"]);
  expect(scene.clock.timers.size).toBe(0);
});
