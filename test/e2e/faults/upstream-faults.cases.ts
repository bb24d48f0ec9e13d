/** Faults of targets: names, connects, and connections that end before their answer does. */
import type { Resolver } from "../../../src/io/resolver.ts";
import { reset as resetStream, settings } from "../../h2/frames.ts";
import { FullBacklog } from "../../support/full-backlog.ts";
import type { RawPeer } from "../../support/raw-peer.ts";
import { type FaultCase, fault, sent } from "./fault-case.ts";
import { FaultScene, GET, OK } from "./fault-scene.ts";

const POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
const WEB_SOCKET =
  "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const REFUSED_STREAM = 7;
const PARTS = [
  ["by length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"],
  ["in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
] as const;

/** Every name and address is at `addresses`. */
function resolvingTo(addresses: readonly string[], failure: string | null = null): Resolver {
  return {
    watch: (name) => ({
      name,
      addresses: name === "127.0.0.1" ? [name] : addresses,
      failure,
      first: Promise.resolve(),
    }),
    unwatch() {},
    reconfigure() {},
    close() {},
  };
}

/** An exchange that is upstream, on a connection that has served one before. */
async function onPooled(scene: FaultScene, request: string): Promise<{ client: RawPeer; target: RawPeer }> {
  const { client, target } = await scene.exchange();
  target.send(OK);
  await client.until(/ok$/);
  client.clear();
  target.clear();
  client.send(request);
  await target.until(/\r\n\r\n/);
  return { client, target };
}

function endedBy(how: (target: RawPeer) => void, request = GET): (scene: FaultScene) => Promise<RawPeer> {
  return async (scene) => {
    const { client, target } = await scene.exchange(request);
    how(target);
    return client;
  };
}

const reset = (target: RawPeer): void => target.reset();
const finish = (target: RawPeer): void => void target.socket.end();

export const UPSTREAM_FAULTS: readonly FaultCase[] = [
  fault(
    "upstream.name_not_found",
    "no address",
    { targets: ["no-such-name.test:80"], environment: { resolver: resolvingTo([], "ENOTFOUND") } },
    sent(GET),
    { target: "no-such-name.test:80", attempts: 1, cause: "ENOTFOUND" },
  ),
  fault(
    "upstream.refused_stream",
    "a body has been sent with it, and is not kept",
    { route: "protocol: h2" },
    async (scene) => {
      const client = await scene.client();
      client.send(POST);
      const target = await scene.upstream.accept();
      target.send(settings());
      await target.until(/body/);
      target.send(resetStream(1, REFUSED_STREAM));
      return client;
    },
    { atTarget: true },
  ),
  fault(
    "upstream.no_web_socket",
    "its settings do not allow it",
    { route: "protocol: h2" },
    async (scene) => {
      const client = await scene.client();
      client.send(WEB_SOCKET);
      (await scene.upstream.accept()).send(settings([8, 0]));
      return client;
    },
    { atTarget: true },
  ),
  fault("upstream.refused", "nobody listens", { targets: ["127.0.0.1:1"] }, sent(GET), {
    target: "127.0.0.1:1",
    attempts: 1,
    cause: "ECONNREFUSED",
  }),
  fault("upstream.refused", "no such Unix socket", { targets: ["unix:/nowhere/at/all.sock"] }, sent(GET), {
    target: "unix:/nowhere/at/all.sock",
    attempts: 1,
    cause: "ENOENT",
  }),
  fault(
    "upstream.unreachable",
    "a link-local address without its link",
    { targets: ["far.test:80"], environment: { resolver: resolvingTo(["fe80::1"]) } },
    sent(GET),
    { target: "far.test:80", attempts: 1, cause: "EINVAL" },
  ),
  {
    code: "upstream.connect_timeout",
    what: "a target that does not accept",
    prove: async () => {
      using full = await FullBacklog.open();
      await using scene = await FaultScene.open({ targets: [full.target] });
      const client = await scene.client();
      client.send(GET);
      await scene.settle();
      scene.clock.advance(5_000);
      const expected = { status: 504, target: full.target, attempts: 1, elapsedMs: 5_000 } as const;
      await scene.expectFault(client, { code: "upstream.connect_timeout", ...expected });
      full[Symbol.dispose]();
      await scene.expectNothingLeft();
    },
  },
  fault("upstream.no_target", "weight 0", {}, sent("GET /drained HTTP/1.1\r\nHost: a\r\n\r\n")),
  fault("upstream.reset_before_head", "at once", {}, endedBy(reset), { atTarget: true, cause: "ECONNRESET" }),
  fault("upstream.reset_before_head", "under a POST", {}, endedBy(reset, POST), { atTarget: true }),
  fault("upstream.closed_before_head", "at once", {}, endedBy(finish), { atTarget: true }),
  fault(
    "upstream.closed_before_head",
    "after an interim answer",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange();
      target.send("HTTP/1.1 103 Early Hints\r\n\r\n");
      await client.until(/103/);
      target.socket.end();
      return client;
    },
    { atTarget: true },
  ),
  fault(
    "upstream.closed_before_head",
    "within the head",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange();
      target.socket.end("HTTP/1.1 200 OK\r\nContent-Le");
      return client;
    },
    { atTarget: true },
  ),
  ...PARTS.flatMap(([framing, part]) => [
    fault(
      "upstream.reset_after_head",
      framing,
      {},
      async (scene) => {
        const { client, target } = await scene.exchange();
        target.send(part);
        await client.until(/half/);
        target.reset();
        return client;
      },
      { atTarget: true, status: null, cause: "ECONNRESET" },
    ),
    fault(
      "upstream.closed_after_head",
      framing,
      {},
      async (scene) => {
        const { client, target } = await scene.exchange();
        target.send(part);
        await client.until(/half/);
        target.socket.end();
        return client;
      },
      { atTarget: true, status: null },
    ),
  ]),
  fault(
    "upstream.reset_after_head",
    "until close",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange();
      target.send("HTTP/1.1 200 OK\r\n\r\nhalf");
      await client.until(/half/);
      target.reset();
      return client;
    },
    { atTarget: true, status: null },
  ),
  fault(
    "upstream.closed_idle",
    "under a POST on a pooled connection",
    {},
    async (scene) => {
      const { client, target } = await onPooled(scene, POST);
      target.socket.end();
      return client;
    },
    { atTarget: true },
  ),
  fault(
    "upstream.closed_idle",
    "by a RST",
    {},
    async (scene) => {
      const { client, target } = await onPooled(scene, POST);
      target.reset();
      return client;
    },
    { atTarget: true, cause: "ECONNRESET" },
  ),
  fault(
    "upstream.reset_before_head",
    "under a GET, and again on the new connection",
    {},
    async (scene) => {
      const { client, target } = await onPooled(scene, GET);
      target.socket.end();
      (await scene.upstream.accept()).reset();
      return client;
    },
    { atTarget: true, attempts: 2 },
  ),
  fault(
    "upstream.closed_before_head",
    "long after a pooled connection was used: no race but a crash",
    {},
    async (scene) => {
      const { client, target } = await onPooled(scene, GET);
      scene.clock.advance(2_000);
      target.socket.end();
      return client;
    },
    { atTarget: true, elapsedMs: 2_000 },
  ),
  fault(
    "upstream.response_timeout",
    "no answer",
    {},
    async (scene) => {
      const { client } = await scene.exchange();
      scene.clock.advance(60_000);
      return client;
    },
    { atTarget: true, elapsedMs: 60_000 },
  ),
  fault(
    "upstream.response_timeout",
    "an unfinished head",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange();
      target.send("HTTP/1.1 200 OK\r\nContent");
      await scene.settle();
      scene.clock.advance(60_000);
      return client;
    },
    { atTarget: true, elapsedMs: 60_000 },
  ),
  fault(
    "upstream.response_timeout",
    "of the route's own",
    { route: "timeouts: { response: 3s }" },
    async (scene) => {
      const { client } = await scene.exchange(POST);
      scene.clock.advance(3_000);
      return client;
    },
    { atTarget: true, elapsedMs: 3_000 },
  ),
  fault(
    "upstream.try_timeout",
    "no answer within the time of one attempt, and no attempt left",
    { route: "retry: { after: timeout, per_try: 2s, attempts: 1 }" },
    async (scene) => {
      const { client } = await scene.exchange();
      scene.clock.advance(2_000);
      return client;
    },
    { atTarget: true, elapsedMs: 2_000 },
  ),
  fault(
    "upstream.total_timeout",
    "an answer that has not begun",
    { route: "timeouts: { total: 5s }" },
    async (scene) => {
      const { client } = await scene.exchange();
      scene.clock.advance(5_000);
      return client;
    },
    { atTarget: true, elapsedMs: 5_000 },
  ),
  ...PARTS.map(([framing, part]) =>
    fault(
      "upstream.total_timeout",
      `an answer ${framing} that goes on and on`,
      { route: "timeouts: { total: 5s }" },
      async (scene) => {
        const { client, target } = await scene.exchange();
        target.send(part);
        await client.until(/half/);
        scene.clock.advance(5_000);
        return client;
      },
      { atTarget: true, status: null, elapsedMs: 5_000 },
    ),
  ),
  ...PARTS.map(([framing, part]) =>
    fault(
      "upstream.idle_timeout",
      `an answer ${framing} that stops`,
      {},
      async (scene) => {
        const { client, target } = await scene.exchange();
        target.send(part);
        await client.until(/half/);
        scene.clock.advance(60_000);
        return client;
      },
      { atTarget: true, status: null, elapsedMs: 60_000 },
    ),
  ),
];
