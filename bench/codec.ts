/**
 * Nanoseconds that the HTTP/1 codec takes for one message, read and written: `bin/bun bench/codec.ts`.
 *
 * Each figure is the lowest of many short rounds, interleaved over all cases: the machine can only add to
 * it. Messages come in buffers that are not the ones of the round before, as from a socket.
 */
import { ByteSink } from "../src/base/byte-sink.ts";
import { clientIdentity, outboundRequest } from "../src/pipeline/forwarding.ts";
import { EVENT } from "../src/protocol/h1/events.ts";
import { RequestReader } from "../src/protocol/h1/request-reader.ts";
import { writeRequestHead } from "../src/protocol/h1/request-writer.ts";
import { ResponseReader } from "../src/protocol/h1/response-reader.ts";
import { writeResponseHead } from "../src/protocol/h1/response-writer.ts";
import { NO_ADDED_FIELDS } from "../src/protocol/http/outbound-request.ts";
import { MadeRequestId } from "../src/protocol/http/request-id.ts";

const ROUNDS = 60;
const MESSAGES_PER_ROUND = 20_000;
const BUFFERS = 256;
const LIMITS = { headBytes: 32_768, fieldCount: 100, lineBytes: 8_192, chunkExtensionBytes: 1_024 };

const BROWSER_REQUEST = `GET /assets/app/main.js?v=1.2.3&lang=en HTTP/1.1\r
Host: shop.example.com\r
Connection: keep-alive\r
sec-ch-ua: "Chromium";v="124", "Google Chrome";v="124", "Not-A.Brand";v="99"\r
sec-ch-ua-mobile: ?0\r
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36\r
sec-ch-ua-platform: "Linux"\r
Accept: */*\r
Sec-Fetch-Site: same-origin\r
Sec-Fetch-Mode: cors\r
Sec-Fetch-Dest: script\r
Referer: https://shop.example.com/products/list\r
Accept-Encoding: gzip, deflate, br, zstd\r
Accept-Language: en-GB,en;q=0.9\r
Cookie: session=3f8a9c1e7b2d4f60a1b2c3d4e5f60718; theme=dark; _ga=GA1.2.1234567890.1709876543-bcde\r
\r
`;
const SMALL_REQUEST = "GET /one?a=b HTTP/1.1\r\nHost: localhost:5000\r\nAccept: */*\r\n\r\n";
const ANSWER = `HTTP/1.1 200 OK\r
Server: nginx\r
Date: Mon, 01 Jan 2024 00:00:00 GMT\r
Content-Type: application/json; charset=utf-8\r
Content-Length: 2048\r
Connection: keep-alive\r
Cache-Control: private, max-age=0\r
ETag: "65a1f2c3-800"\r
Vary: Accept-Encoding\r
X-Content-Type-Options: nosniff\r
Strict-Transport-Security: max-age=31536000\r
\r
`;

interface Case {
  readonly name: string;
  readonly buffers: readonly Buffer[];
  run(buffers: readonly Buffer[]): void;
  bestNs: number;
}

const cases = [
  ...requestCases("browser request", BROWSER_REQUEST),
  ...requestCases("small request", SMALL_REQUEST),
  ...answerCases("answer", ANSWER),
];
for (let round = -5; round < ROUNDS; round++) {
  for (const each of cases) {
    const startNs = Bun.nanoseconds();
    each.run(each.buffers);
    const ns = (Bun.nanoseconds() - startNs) / MESSAGES_PER_ROUND;
    if (round >= 0) each.bestNs = Math.min(each.bestNs, ns);
  }
}
for (const { name, bestNs } of cases) console.log(`${name.padEnd(44)} ${bestNs.toFixed(0).padStart(6)} ns`);

function requestCases(name: string, text: string): Case[] {
  const reader = new RequestReader(LIMITS);
  const title = titleOf(name, text);
  const read = (buffer: Buffer): void => {
    reader.push(buffer);
    expectEvent(reader.next(), EVENT.head);
  };
  const finish = (): void => {
    expectEvent(reader.next(), EVENT.end);
    reader.startNext();
  };
  const client = clientIdentity("192.0.2.1", false, null);
  const id = new MadeRequestId(Buffer.from("0123456789abcdef"), 1, 2);
  const sink = new ByteSink(65_536);
  const write = (): void => {
    sink.length = 0;
    const request = outboundRequest(reader.head, null, "a", client, id, {
      via: false,
      forwarded: false,
      deadlineHeader: null,
    });
    writeRequestHead(sink, request);
  };
  return [
    caseOf(`${title}: read`, text, (buffer) => {
      read(buffer);
      finish();
    }),
    caseOf(`${title}: read and write`, text, (buffer) => {
      read(buffer);
      write();
      finish();
    }),
  ];
}

function answerCases(name: string, text: string): Case[] {
  const reader = new ResponseReader(LIMITS);
  const title = titleOf(name, text);
  const head = { method: "HEAD", upgrade: false, upgradeTo: "" };
  const read = (buffer: Buffer): void => {
    reader.begin(head);
    reader.push(buffer);
    expectEvent(reader.next(), EVENT.head);
    expectEvent(reader.next(), EVENT.end);
    reader.release();
  };
  const sink = new ByteSink(65_536);
  const write = (): void => {
    sink.length = 0;
    const { head } = reader;
    writeResponseHead(sink, {
      head,
      framing: head.framing.kind,
      connection: "none",
      added: NO_ADDED_FIELDS,
    });
  };
  return [
    caseOf(`${title}: read`, text, read),
    caseOf(`${title}: read and write`, text, (buffer) => {
      read(buffer);
      write();
    }),
  ];
}

function caseOf(name: string, text: string, step: (buffer: Buffer) => void): Case {
  const buffers = Array.from({ length: BUFFERS }, () => Buffer.from(text, "latin1"));
  const run = (all: readonly Buffer[]): void => {
    for (let i = 0; i < MESSAGES_PER_ROUND; i++) step(all[i % BUFFERS]!);
  };
  return { name, buffers, run, bestNs: Number.POSITIVE_INFINITY };
}

function titleOf(name: string, text: string): string {
  const fields = text.split("\r\n").length - 3;
  return `${name} (${text.length} bytes, ${fields} fields)`;
}

function expectEvent(event: number, expected: number): void {
  if (event !== expected) throw new Error(`event ${event}, not ${expected}`);
}
