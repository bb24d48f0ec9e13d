/**
 * What a line of the access log costs: nanoseconds of processor time, the record included, in each form and beside an
 * object for `JSON.stringify` that says the same. `bin/bun bench/log-line.ts`. Rounds are interleaved, and the best
 * counts, so that other load on the machine hurts all.
 */
import { ByteSink } from "../src/base/byte-sink.ts";
import { createRandom } from "../src/base/random.ts";
import { HttpRecord } from "../src/exchange/http-record.ts";
import { Tally } from "../src/exchange/tally.ts";
import type { ExchangeRecord } from "../src/observe/exchange-record.ts";
import { createJsonLine } from "../src/observe/line/json-line.ts";
import type { LineWriter } from "../src/observe/line/line-writer.ts";
import { COMBINED, createTemplateLine } from "../src/observe/line/template.ts";
import { recordFields } from "../src/observe/record-fields.ts";
import { createRedaction } from "../src/observe/redaction.ts";
import { createRequestIds } from "../src/pipeline/request-id.ts";
import { RequestReader } from "../src/protocol/h1/request-reader.ts";
import type { RequestHead } from "../src/protocol/http/request-head.ts";

const ROUNDS = 15;
const LINES_PER_ROUND = 40_000;
const BATCH_BYTES = 256 * 1024;
const CODEC = { headBytes: 32_768, fieldCount: 100, lineBytes: 8_192, chunkExtensionBytes: 0 };
const FACTS = {
  listener: "web",
  route: "shop/0",
  target: "10.0.0.1:3000",
  remoteAddress: "192.0.2.7",
  attempts: 1,
};

const redaction = createRedaction([], []);
const ids = createRequestIds(createRandom([1, 2, 3, 4]));
const sink = new ByteSink(BATCH_BYTES * 2);
const fields = { requestFields: ["user-agent", "referer"], answerFields: [] };
const json = createJsonLine({ redaction, requestFields: [], answerFields: [] });
const plain = headOf("/cart/items/abcdefghijklmnop/item7");
const withQuery = headOf("/cart?item=7&x=abcdefghijklmnop");
const withSecret = headOf("/cart?token=7&x=abcdefghijklmnop");

/** As lines were made before they were written as bytes. */
const stringified: LineWriter = {
  write(into, record, wallMs) {
    const line = {
      time: new Date(wallMs).toISOString(),
      event: "exchange",
      ...recordFields(record, redaction),
    };
    into.all(Buffer.from(JSON.stringify(line)));
  },
};

const CASES: readonly (readonly [name: string, line: LineWriter, head: RequestHead])[] = [
  ["JSON.stringify", stringified, plain],
  ["json", json, plain],
  ["json, with a query", json, withQuery],
  ["json, with a secret in it", json, withSecret],
  ["json, with two header fields", createJsonLine({ redaction, ...fields }), plain],
  ["combined", createTemplateLine(COMBINED, redaction), plain],
];

const best = new Map<string, number>();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, line, head] of CASES) {
    best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, measured(line, head)));
  }
}
console.log("ns a line, best of", ROUNDS, "rounds of", LINES_PER_ROUND);
for (const [name, ns] of best) console.log(name.padEnd(30), ns.toFixed(0).padStart(6));

function measured(line: LineWriter, head: RequestHead): number {
  const before = process.cpuUsage();
  for (let count = 0; count < LINES_PER_ROUND; count++) {
    line.write(sink, recordOf(head, count), count / 40);
    sink.byte(0x0a);
    if (sink.length > BATCH_BYTES) sink.length = 0;
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / LINES_PER_ROUND;
}

function recordOf(head: RequestHead, nowMs: number): ExchangeRecord {
  const tally = new Tally(nowMs, null);
  tally.headMs = nowMs + 12.308;
  tally.status = 200;
  tally.sentBytes = 5_120;
  const last = { attemptMs: nowMs + 0.04, connectedMs: nowMs + 0.041, reused: true };
  return new HttpRecord({ ...FACTS, last }, tally, head, ids(), null, nowMs + 12.911);
}

function headOf(target: string): RequestHead {
  const reader = new RequestReader(CODEC);
  const lines = [
    "Host: shop.example",
    "User-Agent: curl/8.5.0",
    "Referer: https://shop.example/",
    "Accept: */*",
  ];
  reader.push(Buffer.from(`GET ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`));
  reader.next();
  return reader.head;
}
