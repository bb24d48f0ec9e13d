/** How long connections to targets live, and how politely they end. */
import { expect, test } from "bun:test";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { proxyTo } from "../support/test-proxy.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const HEAD_END = /\r\n\r\n/;

/** One request, answered; gives the target's connection, which is idle in the pool now. */
async function pooledAfter(client: RawPeer, upstream: ScriptedUpstream): Promise<RawPeer> {
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const target = await upstream.accept();
  await target.until(HEAD_END);
  target.send(OK);
  await client.until(/ok$/);
  client.clear();
  return target;
}

test("a target that closes an idle connection gets a FIN back, and the next request a new connection", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await proxyTo(upstream.target);
  using client = await RawPeer.connect(proxy.port());
  const target = await pooledAfter(client, upstream);
  target.socket.end();
  expect(await target.closed).toEqual({ reset: false });
  await pooledAfter(client, upstream);
  expect(upstream.connections).toBe(2);
  expect(proxy.failures).toEqual([]);
});

test("after `pool.idle_timeout` a connection ends with a FIN", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await proxyTo(upstream.target, "{ pool: { idle_timeout: 200ms } }");
  using client = await RawPeer.connect(proxy.port());
  const target = await pooledAfter(client, upstream);
  await target.untilEnd();
  target.socket.end();
  expect(await target.closed).toEqual({ reset: false });
});

test("with `pool.idle: 0`, a connection serves one request and ends with a FIN", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await proxyTo(upstream.target, "{ pool: { idle: 0 } }");
  using client = await RawPeer.connect(proxy.port());
  for (let count = 1; count <= 2; count++) {
    const target = await pooledAfter(client, upstream);
    await target.untilEnd();
    target.socket.end();
    expect(await target.closed).toEqual({ reset: false });
    expect(upstream.connections).toBe(count);
  }
});

test("after `pool.max_age` a connection is not used again", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await proxyTo(upstream.target, "{ pool: { max_age: 1ms } }");
  using client = await RawPeer.connect(proxy.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const target = await upstream.accept();
  await target.until(HEAD_END);
  await Bun.sleep(5);
  target.send(OK);
  await client.until(/ok$/);
  await target.untilEnd();
  await pooledAfter(client, upstream);
});

test("stopping the proxy ends idle connections with a FIN", async () => {
  await using upstream = await ScriptedUpstream.start();
  const proxy = await proxyTo(upstream.target);
  using client = await RawPeer.connect(proxy.port());
  const target = await pooledAfter(client, upstream);
  proxy.running.stopNow();
  await target.untilEnd();
  target.socket.end();
  expect(await target.closed).toEqual({ reset: false });
});

test("bytes that nobody asked for end a pooled connection at once", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await proxyTo(upstream.target);
  using client = await RawPeer.connect(proxy.port());
  const target = await pooledAfter(client, upstream);
  target.send(OK);
  await target.closed;
  const next = await pooledAfter(client, upstream);
  expect(next.received).toStartWith("GET / ");
});
