/**
 * What `plan` costs: 100,000 distinct recorded requests put to two configurations of 1,000 routes, from the first byte
 * of the record to the finished plan. `bin/bun bench/plan.ts`. Each kind of record in turn, several rounds; the best
 * counts, since other load on the machine only ever adds.
 */
import { parseConfiguration } from "../src/config/load.ts";
import { makePlan } from "../src/plan/make-plan.ts";
import type { LoadedSide } from "../src/plan/side.ts";

const REQUESTS = 100_000;
const ROUTES = 1_000;
const ROUNDS = 5;
const PIECE_BYTES = 256 * 1024;

const before = loaded(
  "old.yaml",
  routes((index) => `/api/service-${index}`),
);
const after = loaded(
  "new.yaml",
  routes((index) => (index % 10 === 0 ? `/api/service-${index}/` : `/api/service-${index}`)),
);

console.log(
  `${REQUESTS.toLocaleString("en")} requests, ${ROUTES.toLocaleString("en")} routes, best of ${ROUNDS}`,
);
for (const [name, line, frame] of [
  ["none, boundary cases alone", null, ["", ""]],
  ["Portward's access log", ownLine, ["", ""]],
  ["combined log", combinedLine, ["", ""]],
  ["HAR", harEntry, ['{"log":{"entries":[', "]}}"]],
] as const) {
  const record = line === null ? null : recordOf(line, frame);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await measure(record));
  const mebibytes = record === null ? "" : `, ${(record.length / 2 ** 20).toFixed(0)} MiB`;
  console.log(
    `  ${name.padEnd(28)} ${Math.min(...times)
      .toFixed(0)
      .padStart(5)} ms${mebibytes}`,
  );
}

async function measure(record: Buffer | null): Promise<number> {
  const traffic = record === null ? [] : [{ name: "record", pieces: () => piecesOf(record) }];
  const started = performance.now();
  const plan = await makePlan(before, after, { traffic, host: "shop.example" });
  const tookMs = performance.now() - started;
  if (!plan.ok) throw new Error(plan.error);
  const { asked } = plan.value.requests;
  if (record !== null && asked.traffic !== REQUESTS) throw new Error(`asked ${asked.traffic} requests`);
  return tookMs;
}

async function* piecesOf(record: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < record.length; at += PIECE_BYTES) yield record.subarray(at, at + PIECE_BYTES);
}

function recordOf(line: (index: number) => string, [start, end]: readonly [string, string]): Buffer {
  const separator = start === "" ? "\n" : ",";
  return Buffer.from(
    start + Array.from({ length: REQUESTS }, (_, index) => line(index)).join(separator) + end,
  );
}

function pathOf(index: number): string {
  return `/api/service-${index % (ROUTES + 50)}/items/${index}?page=${index % 7}`;
}

function ownLine(index: number): string {
  return JSON.stringify({
    ...{
      time: "2026-11-23T17:20:00.123Z",
      event: "exchange",
      kind: "http",
      listener: ":8080",
      route: "old/0",
    },
    ...{ target: "10.0.0.1:3000", request_id: "5f0c1e2a9b7d43d8a1b2c3d400000001", client: "192.0.2.7" },
    ...{
      method: "GET",
      host: "shop.example",
      path: pathOf(index),
      status: 200,
      attempts: 1,
      received_bytes: 0,
    },
    ...{ sent_bytes: 5120, connect_ms: 0.041, head_ms: 12.308, total_ms: 12.911 },
  });
}

function combinedLine(index: number): string {
  const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";
  return `192.0.2.7 - - [10/Oct/2026:13:55:36 +0000] "GET ${pathOf(index)} HTTP/1.1" 200 2326 "-" "${agent}"`;
}

function harEntry(index: number): string {
  const headers = [
    { name: "Accept", value: "text/html,application/xhtml+xml" },
    { name: "User-Agent", value: "Mozilla/5.0 (X11; Linux x86_64; rv:130.0)" },
  ];
  const request = { method: "GET", url: `http://shop.example:8080${pathOf(index)}`, headers };
  return JSON.stringify({ request, response: { status: 200, content: { text: "x".repeat(500) } } });
}

function routes(path: (index: number) => string): string {
  const lines = Array.from({ length: ROUTES }, (_, index) => {
    return `  - { listen: 8080, path: ${path(index)}, rewrite: /, targets: ["10.0.${index >> 8}.${index & 255}:3000"] }`;
  });
  return `routes:\n${lines.join("\n")}\n`;
}

function loaded(file: string, text: string): LoadedSide {
  const parsed = parseConfiguration(file, text);
  if (!parsed.ok) throw new Error(parsed.error[0]?.message);
  return parsed.value;
}
