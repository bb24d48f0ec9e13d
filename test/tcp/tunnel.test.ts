import { expect, test } from "bun:test";
import type { ConnectionHandler } from "../../src/io/connection.ts";
import type { Wire } from "../../src/io/wire.ts";
import { eventually } from "../support/eventually.ts";
import { IDLE_MS, TunnelScene, turns } from "./tunnel-scene.ts";

test("bytes go both ways and are counted; both FINs end the tunnel without an error", async () => {
  using scene = await TunnelScene.open();
  const { client, target } = scene;
  client.connection.send(Buffer.from("ping"));
  await eventually(() => target.text === "ping", "ping");
  target.connection.send(Buffer.from("pong!"));
  await eventually(() => client.text === "pong!", "pong");
  client.connection.finish();
  await target.saw("end");
  target.connection.finish();
  await client.saw("close");
  expect(await scene.summary()).toEqual({
    error: null,
    firstToClose: "downstream",
    downstreamBytes: 4,
    upstreamBytes: 5,
  });
  expect(scene.clock.timers.size).toBe(0);
  expect(scene.summaries).toHaveLength(1);
});

test("a client that is done sending still receives", async () => {
  using scene = await TunnelScene.open();
  const { client, target } = scene;
  client.connection.send(Buffer.from("question"));
  client.connection.finish();
  await target.saw("end");
  expect(target.text).toBe("question");
  const answer = Buffer.alloc(3_000_000, "a");
  target.connection.send(answer);
  target.connection.finish();
  await eventually(() => client.closed, "the end");
  expect(client.receivedBytes).toBe(answer.length);
  expect(client.events.at(-1)).toBe("close");
  expect(await scene.summary()).toMatchObject({ error: null, firstToClose: "downstream" });
});

test("a target that is done sending still receives", async () => {
  using scene = await TunnelScene.open();
  const { client, target } = scene;
  target.connection.send(Buffer.from("greeting"));
  target.connection.finish();
  await client.saw("end");
  expect(client.text).toBe("greeting");
  const upload = Buffer.alloc(3_000_000, "u");
  client.connection.send(upload);
  client.connection.finish();
  await eventually(() => target.closed, "the end");
  expect(target.receivedBytes).toBe(upload.length);
  expect(await scene.summary()).toMatchObject({ error: null, firstToClose: "upstream" });
});

test("a client's RST reaches the target as a RST", async () => {
  using scene = await TunnelScene.open();
  const { client, target } = scene;
  client.connection.send(Buffer.from("some"));
  await eventually(() => target.text === "some", "bytes");
  client.connection.abort();
  await target.saw("close ECONNRESET");
  expect(await scene.summary()).toEqual({
    error: { code: "request.aborted", rule: null, cause: "ECONNRESET" },
    firstToClose: "downstream",
    downstreamBytes: 4,
    upstreamBytes: 0,
  });
  expect(scene.clock.timers.size).toBe(0);
});

test("a target's RST reaches the client as a RST, with a word for whether it had answered", async () => {
  for (const [greeting, code] of [
    ["", "upstream.reset_before_head"],
    ["hello", "upstream.reset_after_head"],
  ] as const) {
    using scene = await TunnelScene.open();
    const { client, target } = scene;
    target.connection.send(Buffer.from(greeting));
    await eventually(() => client.text === greeting, "the greeting");
    target.connection.abort();
    await client.saw("close ECONNRESET");
    const { error, firstToClose } = await scene.summary();
    expect(error?.code).toBe(code);
    expect(firstToClose).toBe("upstream");
  }
});

test("a RST is passed on while the other side is blocked or paused", async () => {
  for (const blockedSide of ["client", "target"] as const) {
    using scene = await TunnelScene.open();
    const [reader, sender] =
      blockedSide === "client" ? [scene.client, scene.target] : [scene.target, scene.client];
    reader.connection.pause();
    await scene.flood(sender);
    sender.onEvent = null;
    sender.connection.abort();
    reader.connection.resume();
    await eventually(() => reader.closed, "the RST");
    expect(reader.events.at(-1)).toBe("close ECONNRESET");
    expect((await scene.summary()).error).not.toBeNull();
  }
});

test("an answer that came whole is delivered although its sender resets behind it", async () => {
  using scene = await TunnelScene.open();
  const { client, target } = scene;
  client.connection.pause();
  const answer = Buffer.alloc(8 << 20, "a");
  target.connection.send(answer);
  target.connection.finish();
  await turns(50);
  client.connection.resume();
  // Bytes that the target will never read: it has closed for good once its answer is out.
  target.onEvent = (event) => {
    if (event === "data") target.connection.abort();
  };
  await client.saw("end");
  client.connection.send(Buffer.from("thanks"));
  await eventually(() => scene.upstream.closed, "the RST behind the answer");
  expect(client.closed).toBeFalse();
  expect(client.receivedBytes).toBe(answer.length);
  client.connection.finish();
  await eventually(() => client.closed, "the end");
  expect(await scene.summary()).toMatchObject({
    error: { code: "upstream.reset_after_head" },
    firstToClose: "upstream",
  });
});

test("a client that goes on sending to a target that is gone is told with a RST", async () => {
  using scene = await TunnelScene.open();
  const { client, target } = scene;
  target.connection.finish();
  await client.saw("end");
  target.onEvent = (event) => {
    if (event === "data") target.connection.abort();
  };
  const chunk = Buffer.alloc(64 * 1024);
  client.onEvent = (event) => {
    if (event === "drain") client.connection.send(chunk);
  };
  const send = setInterval(() => client.connection.send(chunk), 1);
  await eventually(() => client.closed, "the RST");
  clearInterval(send);
  expect(client.events.at(-1)).toMatch(/^close E(CONNRESET|PIPE)$/);
  expect((await scene.summary()).error?.code).toBe("upstream.reset_before_head");
});

test("a reader that stops bounds what is held, and gets every byte when it reads again", async () => {
  for (const stopped of ["client", "target"] as const) {
    using scene = await TunnelScene.open();
    const [reader, sender, end] =
      stopped === "client"
        ? [scene.client, scene.target, scene.downstream]
        : [scene.target, scene.client, scene.upstream];
    let mostHeldBytes = 0;
    reader.onEvent = () => {
      mostHeldBytes = Math.max(mostHeldBytes, end.unsentBytes);
      reader.received = [];
    };
    reader.connection.pause();
    const flood = await scene.flood(sender);
    const heldBytes = end.unsentBytes;
    const { sentBytes } = flood;
    // Nothing moves while the reader stands still: the loop turns and all counts stay.
    await turns(50);
    expect(end.unsentBytes).toBe(heldBytes);
    expect(flood.sentBytes).toBe(sentBytes);
    reader.connection.resume();
    await eventually(() => reader.receivedBytes > 200 << 20, "many bytes", 20_000);
    sender.onEvent = null;
    await eventually(() => reader.receivedBytes === flood.sentBytes, "every byte", 20_000);
    expect(mostHeldBytes).toBeLessThanOrEqual(ONE_READ_BYTES);
  }
}, 60_000);

/** What the runtime reads at once (512 KiB) is the most that waits for one side. */
const ONE_READ_BYTES = 512 * 1024;

test("without a byte for so long, both sides are cut", async () => {
  using scene = await TunnelScene.open();
  const { client, target, clock } = scene;
  clock.advance(IDLE_MS - 1_000);
  client.connection.send(Buffer.from("a"));
  await eventually(() => target.text === "a", "a byte down");
  clock.advance(IDLE_MS - 1_000);
  target.connection.send(Buffer.from("b"));
  await eventually(() => client.text === "b", "a byte up");
  clock.advance(IDLE_MS - 1_000);
  expect(scene.summaries).toHaveLength(0);
  clock.advance(1_100);
  expect(await scene.summary()).toEqual({
    error: { code: "upstream.idle_timeout", rule: null, cause: null },
    firstToClose: "proxy",
    downstreamBytes: 1,
    upstreamBytes: 1,
  });
  await client.saw("close ECONNRESET");
  await target.saw("close ECONNRESET");
  expect(clock.timers.size).toBe(0);
});

test("a client that reads slowly keeps the tunnel; one that stands still loses it", async () => {
  using scene = await TunnelScene.open();
  const { client, target, downstream, clock } = scene;
  client.connection.pause();
  await scene.flood(target);
  client.onEvent = () => client.connection.pause();
  for (let round = 0; round < 5; round++) {
    clock.advance(IDLE_MS - 1_000);
    const unsentBytes = downstream.unsentBytes;
    while (downstream.unsentBytes === unsentBytes) {
      client.connection.resume();
      await turns(1);
    }
  }
  expect(scene.summaries).toHaveLength(0);
  await turns(100);
  clock.advance(2 * IDLE_MS);
  expect(scene.summaries[0]?.error?.code).toBe("answer.idle");
});

test("bytes from before the tunnel come first on either side", async () => {
  using scene = await TunnelScene.prepare();
  const { client, target, downstream, upstream } = scene;
  downstream.pause();
  upstream.pause();
  client.connection.send(Buffer.from(" second"));
  target.connection.send(Buffer.from(" zwei"));
  scene.begin({ downstreamLeftover: Buffer.from("first"), upstreamLeftover: Buffer.from("eins") });
  await eventually(() => target.text === "first second", "the client's bytes");
  await eventually(() => client.text === "eins zwei", "the target's bytes");
  client.connection.finish();
  await target.saw("end");
  target.connection.finish();
  expect(await scene.summary()).toMatchObject({ error: null, downstreamBytes: 12, upstreamBytes: 9 });
});

test("what the previous owner could not send yet holds the other side back", async () => {
  using scene = await TunnelScene.prepare();
  const { client, target, downstream } = scene;
  client.connection.pause();
  const chunk = Buffer.alloc(1 << 20);
  let sentBytes = 0;
  while (!downstream.blocked) {
    downstream.send(chunk);
    sentBytes += chunk.length;
  }
  const heldBytes = downstream.unsentBytes;
  scene.begin();
  target.connection.send(Buffer.from("behind"));
  await turns(50);
  expect(downstream.unsentBytes).toBe(heldBytes);
  client.connection.resume();
  await eventually(() => client.receivedBytes === sentBytes + 6, "everything in order");
  expect(client.text.endsWith("behind")).toBeTrue();
});

test("a client whose FIN came before the tunnel is passed on as such", async () => {
  using scene = await TunnelScene.prepare();
  const { client, target } = scene;
  scene.begin({ downstreamLeftover: Buffer.from("all there is"), downstreamEnded: true });
  await target.saw("end");
  expect(target.text).toBe("all there is");
  target.connection.send(Buffer.from("thanks"));
  await eventually(() => client.text === "thanks", "the answer");
});

/** Of which the test says when it is blocked. */
class StandIn implements Wire {
  handler!: ConnectionHandler;
  closed = false;
  blocked = false;
  unsentBytes = 0;
  takenBytes = 0;
  readonly givesChunks = true;
  endedCleanly = true;
  paused = false;

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  send(): void {}
  finish(): void {}

  /** The runtime tells of the close at once. */
  abort(): void {
    if (this.closed) return;
    this.closed = true;
    this.handler.onClose(null);
  }
}

test("a side that has ended while the other was behind is read on: with TLS its FIN is still to come", async () => {
  using scene = await TunnelScene.prepare();
  const [downstream, upstream] = [new StandIn(), new StandIn()];
  scene.begin({ downstream, upstream });
  downstream.handler.onData(Buffer.from("the last bytes"));
  upstream.blocked = true;
  upstream.handler.onBlocked();
  downstream.handler.onEnd();
  expect(downstream.paused).toBeTrue();
  upstream.blocked = false;
  upstream.handler.onDrain();
  expect(downstream.paused).toBeFalse();
  upstream.handler.onEnd();
  for (const { handler } of [upstream, downstream]) handler.onClose(null);
  expect((await scene.summary()).error).toBe(null);
});

test("a close that nobody vouches for behind the other side's end is the end of it once", async () => {
  using scene = await TunnelScene.prepare();
  const [downstream, upstream] = [new StandIn(), new StandIn()];
  scene.begin({ downstream, upstream });
  upstream.handler.onEnd();
  downstream.endedCleanly = false;
  downstream.abort();
  expect(scene.summaries.map(({ error }) => [error?.code, error?.cause])).toEqual([
    ["request.aborted", "TLS_TRUNCATED"],
  ]);
});

test("a connection that is gone before the tunnel begins takes the other along", async () => {
  for (const gone of ["downstream", "upstream"] as const) {
    using scene = await TunnelScene.prepare();
    scene[gone].abort();
    scene.begin({ downstreamLeftover: Buffer.from("x"), upstreamLeftover: Buffer.from("y") });
    expect(scene.summaries).toHaveLength(1);
    expect(scene.downstream.closed).toBeTrue();
    expect(scene.upstream.closed).toBeTrue();
    expect(scene.clock.timers.size).toBe(0);
  }
});

test("cut ends both sides with a RST and the given word, once", async () => {
  using scene = await TunnelScene.open();
  scene.tunnel.cut("proxy.draining");
  scene.tunnel.cut("proxy.draining");
  await scene.client.saw("close ECONNRESET");
  await scene.target.saw("close ECONNRESET");
  expect(scene.summaries.map(({ error, firstToClose }) => [error?.code, firstToClose])).toEqual([
    ["proxy.draining", "proxy"],
  ]);
});

test("a listener that drops its client's connection ends the tunnel", async () => {
  using scene = await TunnelScene.open();
  scene.downstream.abort();
  await scene.target.saw("close ECONNRESET");
  expect((await scene.summary()).error?.code).toBe("proxy.draining");
});
