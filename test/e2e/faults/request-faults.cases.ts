/** Faults of clients: what they send, what they do not send in time, and how they leave. */
import { type FaultCase, fault, sent } from "./fault-case.ts";
import { HEAD_END } from "./fault-scene.ts";

const POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n";
const CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

export const REQUEST_FAULTS: readonly FaultCase[] = [
  fault("request.malformed", "in the head", {}, sent("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), {
    rule: "fieldName",
  }),
  fault(
    "request.malformed",
    "a FIN in the middle of the head",
    {},
    async (scene) => {
      const client = await scene.client();
      client.socket.end("GET / HTTP/1.1\r\nHos");
      return client;
    },
    { rule: "truncated" },
  ),
  fault(
    "request.malformed",
    "a path without a normal form",
    {},
    sent("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
    {
      rule: "pathEscape",
    },
  ),
  fault(
    "request.malformed",
    "in the body, whose head is upstream already",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange(CHUNKED);
      client.send("zz\r\n");
      await target.closed;
      return client;
    },
    { atTarget: true, rule: "chunkSize" },
  ),
  fault(
    "request.malformed",
    "a FIN in the middle of the body",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange(`${POST}half`);
      client.socket.end();
      await target.closed;
      return client;
    },
    { atTarget: true, rule: "truncated" },
  ),
  fault(
    "request.malformed",
    "in the body, after the answer has begun",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange(CHUNKED);
      target.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
      await client.until(/he$/);
      client.send("zz\r\n");
      await target.closed;
      return client;
    },
    { atTarget: true, rule: "chunkSize", status: null },
  ),
  fault(
    "request.expectation",
    "another than 100-continue",
    {},
    sent("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n"),
  ),
  fault("request.method", "CONNECT", {}, sent("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")),
  fault("request.method", "TRACE", {}, sent("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n")),
  fault("request.version", "HTTP/2.0", {}, sent("GET / HTTP/2.0\r\nHost: a\r\n\r\n")),
  fault("request.misdirected", "https here", {}, sent("GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n")),
  fault(
    "request.head_timeout",
    "a head that is sent a byte at a time",
    {},
    async (scene) => {
      const client = await scene.client();
      for (const byte of "GET / HTTP") {
        client.send(byte);
        await scene.settle();
        scene.clock.advance(1_000);
      }
      return client;
    },
    { elapsedMs: 10_000 },
  ),
  fault(
    "request.body_timeout",
    "no further piece of the body",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange(`${POST}half`);
      await target.until(/half$/);
      scene.clock.advance(30_000);
      return client;
    },
    { atTarget: true, elapsedMs: 30_000 },
  ),
  fault(
    "request.body_timeout",
    "a 100-continue that nobody follows",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange(
        POST.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"),
      );
      target.send("HTTP/1.1 100 Continue\r\n\r\n");
      await client.until(HEAD_END);
      scene.clock.advance(30_000);
      return client;
    },
    { atTarget: true, elapsedMs: 30_000 },
  ),
  fault(
    "request.too_slow",
    "a byte now and then",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange(`${POST}1`);
      for (let piece = 2; piece <= 9; piece++) {
        await target.until(/\d$/);
        target.clear();
        client.send(String(piece));
        await target.until(/\d$/);
        scene.clock.advance(10_000);
        if (scene.proxy.records.length > 0) break;
      }
      return client;
    },
    { atTarget: true, elapsedMs: 60_000 },
  ),
  fault(
    "request.aborted",
    "a RST while the answer is awaited",
    {},
    async (scene) => {
      const { client, target } = await scene.exchange();
      client.reset();
      await target.closed;
      return client;
    },
    { atTarget: true, status: "gone", cause: "ECONNRESET" },
  ),
  fault(
    "request.aborted",
    "a FIN, and nothing for a second",
    {},
    async (scene) => {
      const { client } = await scene.exchange();
      client.socket.end();
      await scene.settle();
      scene.clock.advance(1_000);
      return client;
    },
    { atTarget: true, status: null, elapsedMs: 1_000 },
  ),
];
