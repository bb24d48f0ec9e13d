/**
 * Whatever a record of traffic holds, the outcome is a plan or a sentence about the record, never an exception, and
 * every line is accounted for. What a log says can end no line of the request that is made of it.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { requestBytes } from "../../src/explain/request.ts";
import { readCombinedLine } from "../../src/plan/traffic/combined-line.ts";
import { readHarRequest } from "../../src/plan/traffic/har-entry.ts";
import { readJsonLine } from "../../src/plan/traffic/json-line.ts";
import type { TrafficItem } from "../../src/plan/traffic/traffic-request.ts";
import { loaded, tryPlan } from "./plan-of.ts";

const BEFORE = loaded(
  'routes: [{ listen: 80, path: /a, targets: ["127.0.0.1:1"] }, { kind: tcp, listen: 81, targets: ["127.0.0.1:1"] }]',
);
const AFTER = loaded('routes: [{ listen: 80, path: "/a/{b}", rewrite: "/{b}", targets: ["127.0.0.1:1"] }]');

/** Words that lead deep into the readers, and anything. */
const anyWord = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "GET",
      "/a",
      "/a/b?c",
      "*",
      "http://a/",
      "a:80",
      "CONNECT",
      "\\x0d\\x0a",
      "%00",
      "é",
      "\u2028",
      " ",
      "",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);

const anyLine = fc.oneof(
  fc
    .tuple(anyWord, anyWord, anyWord, anyWord)
    .map(
      ([front, method, target, rest]) =>
        `${front} - - [10/Oct/2026] "${method} ${target} HTTP/1.1" 200 ${rest}`,
    ),
  fc
    .record({
      event: fc.constantFrom<unknown>("exchange", "failure", 1),
      kind: fc.constantFrom<unknown>("http", "tcp", null),
      listener: fc.constantFrom<unknown>(":80", ":81", "gone", 7),
      method: fc.oneof(anyWord, fc.constant(null)),
      path: anyWord,
      host: fc.oneof(anyWord, fc.constant(null)),
      client: fc.constantFrom("192.0.2.1", "::1", "nobody"),
    })
    .map((fields) => JSON.stringify(fields)),
  fc.string({ unit: "binary", maxLength: 60 }).map((text) => text.replaceAll("\n", "")),
);

const anyHarRequest = fc.record({
  method: anyWord,
  url: fc
    .tuple(fc.constantFrom("http://", "https://", "ws://", ""), anyWord, anyWord)
    .map((parts) => parts.join("")),
  headers: fc.array(
    fc.record({ name: fc.oneof(anyWord, fc.constantFrom("Content-Length", "X-A")), value: anyWord }),
    { maxLength: 3 },
  ),
});

test("lines of any kind are accounted for, and asked without an exception", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyLine, { maxLength: 20 }),
      fc.integer({ min: 1, max: 64 }),
      async (lines, pieceBytes) => {
        const text = lines.join("\n");
        const made = await tryPlan(BEFORE, AFTER, { text, pieceBytes });
        if (!made.ok)
          return expect(made.error).toMatch(/^access\.log: (nothing in it is a record|the archive ends)/);
        const [report] = made.value.requests.traffic;
        const { requests, others, unreadable } = report!;
        expect(requests + others + unreadable).toBeLessThanOrEqual(text.split("\n").length);
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);

test("archives of any requests are asked without an exception", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyHarRequest, { maxLength: 8 }), async (requests) => {
      const entries = requests.map((request) => ({ request }));
      const made = await tryPlan(BEFORE, AFTER, {
        text: JSON.stringify({ log: { entries } }),
        name: "a.har",
      });
      if (made.ok) expect(made.value.requests.traffic[0]!.requests).toBeLessThanOrEqual(requests.length);
      else expect(made.error).toStartWith("a.har: nothing in it is a record");
    }),
    { numRuns: 150 },
  );
}, 60_000);

test("no record smuggles a line into a request", () => {
  fc.assert(
    fc.property(anyLine, anyHarRequest, (line, request) => {
      for (const item of [
        readCombinedLine(line),
        readJsonLine(line),
        readHarRequest(JSON.stringify(request)),
      ]) {
        const bytes = bytesOf(item);
        if (bytes === null) continue;
        const fields = item.kind === "request" ? item.request.headers.length : 0;
        expect(bytes.toString("latin1").split(/\r|\n/).length).toBe(2 * (1 + 1 + fields + 1) + 1);
      }
    }),
    { numRuns: 2000 },
  );
}, 60_000);

function bytesOf(item: TrafficItem): Buffer | null {
  if (item.kind !== "request") return null;
  const { method, target, authority, headers } = item.request;
  const host = authority ?? "a";
  const url = { text: "", scheme: "http", authority: host, host, port: null, target } as const;
  return requestBytes({ method, url, headers, from: null });
}
