/** Limits that requests exceed, and limits of what may be open at once. */
import { FullBacklog } from "../../support/full-backlog.ts";

import { type FaultCase, fault, sent } from "./fault-case.ts";
import { FaultScene, GET, OK } from "./fault-scene.ts";

const BODY_LIMIT = { settings: "{ limits: { body: 10B } }" };

/** A request with fields of so many bytes in all. */
function withFields(count: number, valueBytes: number): string {
  const field = (_: unknown, i: number) => `X-${i}: ${"v".repeat(valueBytes)}\r\n`;
  return `GET / HTTP/1.1\r\nHost: a\r\n${Array.from({ length: count }, field).join("")}\r\n`;
}

export const LIMIT_FAULTS: readonly FaultCase[] = [
  fault(
    "limit.line_bytes",
    "a long target",
    {},
    sent(`GET /${"a".repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`),
  ),
  fault("limit.line_bytes", "one that does not end", {}, sent(`GET /${"a".repeat(20_000)}`)),
  fault("limit.head_bytes", "one large field", {}, sent(withFields(1, 40_000))),
  fault("limit.head_bytes", "many fields", {}, sent(withFields(90, 400))),
  fault("limit.head_bytes", "a head that does not end", {}, sent(withFields(1, 40_000).slice(0, -4))),
  fault("limit.field_count", "101 fields", {}, sent(withFields(100, 1))),
  fault(
    "limit.head_bytes",
    "in trailers",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      client.send(`0\r\nX: ${"v".repeat(40_000)}\r\n\r\n`);
      await target.closed;
      return client;
    },
    { atTarget: true },
  ),
  fault(
    "limit.body_bytes",
    "by Content-Length",
    BODY_LIMIT,
    sent("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901"),
  ),
  fault(
    "limit.body_bytes",
    "before the body is asked for",
    BODY_LIMIT,
    sent("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n"),
  ),
  fault(
    "limit.body_bytes",
    "chunk by chunk",
    BODY_LIMIT,
    async (scene) => {
      const { client, target } = await scene.exchange(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n1234567890\r\n",
      );
      await target.until(/1234567890/);
      client.send("1\r\nx\r\n0\r\n\r\n");
      await target.closed;
      return client;
    },
    { atTarget: true },
  ),
  fault(
    "limit.connections",
    "one too many",
    { settings: "{ limits: { connections: 2 } }" },
    async (scene) => {
      const { client, target } = await scene.exchange();
      const second = await scene.client();
      second.send("GET /healthy HTTP/1.1\r\nHost: a\r\n\r\n");
      await second.until(/healthy$/);
      const third = await scene.client();
      await third.closed;
      target.send(OK);
      await client.until(/ok$/);
      second.socket.destroy();
      return third;
    },
  ),
  fault(
    "limit.target_connections",
    "a second exchange",
    { settings: "{ limits: { connections_per_target: 1 } }" },
    async (scene) => {
      const { target, client: first } = await scene.exchange();
      const client = await scene.client();
      client.send(GET);
      await client.until(/\}$/);
      target.send(OK);
      await first.until(/ok$/);
      return client;
    },
    { atTarget: true },
  ),
  {
    code: "limit.pending_connects",
    what: "a second connect while the first one hangs",
    prove: async () => {
      using full = await FullBacklog.open();
      await using scene = await FaultScene.open({
        targets: [full.target],
        settings: "{ limits: { pending_connects: 1 } }",
      });
      const first = await scene.client();
      first.send(GET);
      await scene.settle();
      const client = await scene.client();
      client.send(GET);
      const expected = { status: 503, target: full.target, attempts: 1, elapsedMs: 0 } as const;
      await scene.expectFault(client, { code: "limit.pending_connects", ...expected });
      full[Symbol.dispose]();
      await first.until(/502 .*upstream\.refused/s);
      await scene.expectNothingLeft();
    },
  },
  fault(
    "limit.upstream_requests",
    "a second request, and nobody may wait",
    { route: "breaker: { requests: 1 }" },
    async (scene) => {
      const { target, client: first } = await scene.exchange();
      const client = await scene.client();
      client.send(GET);
      await client.until(/Retry-After: 1\r\n.*\}$/s);
      target.send(OK);
      await first.until(/ok$/);
      return client;
    },
  ),
  fault(
    "limit.upstream_requests",
    "a third request, when one may wait",
    { route: "breaker: { requests_per_target: 1, queue: 1 }" },
    async (scene) => {
      const { target, client: first } = await scene.exchange();
      const second = await scene.client();
      second.send(GET);
      await scene.settle();
      const client = await scene.client();
      client.send(GET);
      await client.until(/\}$/);
      target.send(OK);
      await first.until(/ok$/);
      await target.until(/GET.*GET/s);
      target.send(OK);
      await second.until(/ok$/);
      return client;
    },
  ),
  fault(
    "limit.queue_timeout",
    "a target that is busy for too long",
    { route: "breaker: { requests_per_target: 1, queue: 1, queue_timeout: 2s }" },
    async (scene) => {
      const { target, client: first } = await scene.exchange();
      const client = await scene.client();
      client.send(GET);
      await scene.settle();
      scene.clock.advance(2_100);
      await client.until(/Retry-After: 1\r\n.*\}$/s);
      target.send(OK);
      await first.until(/ok$/);
      return client;
    },
    { elapsedMs: 2_000 },
  ),
  {
    code: "upstream.circuit_open",
    what: "after too many failures",
    prove: async () => {
      const route = "breaker: { errors: 50%, min_requests: 2, open: 5s, probes: 1 }";
      await using scene = await FaultScene.open({ route });
      for (let failure = 0; failure < 2; failure++) {
        const { client, target } = await scene.exchange();
        target.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await client.until(/503 Busy.*\r\n\r\n/s);
      }
      const client = await scene.client();
      client.send(GET);
      const expected = { status: 503, target: null, attempts: 0, elapsedMs: 0 } as const;
      await scene.expectFault(client, { code: "upstream.circuit_open", ...expected });
      scene.clock.advance(5_100);
      const { client: probe, target } = await scene.exchange();
      target.send(OK);
      await probe.until(/ok$/);
      await scene.expectNothingLeft();
    },
  },
  fault("route.not_found", "another host", { route: "host: b" }, sent(GET)),
];
