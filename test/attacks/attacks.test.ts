/**
 * Hostile requests, end to end: for each, an upstream that believes everything must have received exactly the
 * requests that the client plainly made, under every reading of the bytes; what can be read in two ways is answered
 * with 4xx or 5xx and a close, and never arrives; what is valid is passed on with exactly its body.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { attack, faultOf } from "./attack.ts";
import type { AttackCase } from "./attack-case.ts";
import { GullibleUpstream } from "./gullible-upstream.ts";
import { BYTES } from "./tables/bytes.ts";
import { CHUNKS } from "./tables/chunks.ts";
import { FIELDS } from "./tables/fields.ts";
import { FRAMING } from "./tables/framing.ts";
import { HOSTS } from "./tables/hosts.ts";
import { PIPELINES } from "./tables/pipelines.ts";
import { REQUEST_LINES } from "./tables/request-lines.ts";

const TABLES: Readonly<Record<string, readonly AttackCase[]>> = {
  "request lines": REQUEST_LINES,
  hosts: HOSTS,
  fields: FIELDS,
  framing: FRAMING,
  chunks: CHUNKS,
  pipelines: PIPELINES,
  "every byte at every place": BYTES,
};

let upstream: GullibleUpstream;
let proxy: TestProxy;

beforeAll(async () => {
  upstream = new GullibleUpstream();
  proxy = await startTestProxy(`
settings: { limits: { line: 32KiB, head: 64KiB } }
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["${upstream.target}"] }]
`);
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  upstream[Symbol.dispose]();
});

/** Those that went wrong, with what went wrong. */
async function wrongOf(
  table: readonly AttackCase[],
  split: (each: AttackCase, index: number) => number,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [index, each] of table.entries()) {
    const outcome = await attack(proxy.port(), upstream, each, split(each, index));
    const fault = faultOf(each, outcome);
    if (fault !== null) wrong.push(`${each.what}: ${fault}`);
  }
  return wrong;
}

describe("hostile and valid requests", () => {
  for (const [name, table] of Object.entries(TABLES)) {
    test(`${name}: ${table.length}`, async () => {
      expect(await wrongOf(table, () => 0)).toEqual([]);
    }, 60_000);

    test(`${name}, in two pieces`, async () => {
      const some = table.filter((_, index) => index % 5 === 0);
      expect(await wrongOf(some, ({ bytes }, index) => 1 + ((index * 7_919) % (bytes.length - 1)))).toEqual(
        [],
      );
    }, 60_000);
  }
});

test("passed on as they are, nearly all hostile ones would be noticed", () => {
  const hostile = Object.values(TABLES)
    .flat()
    .filter(({ ends }) => ends !== "open");
  const noticed = hostile.filter((each) =>
    faultOf(each, { received: "", arrived: [each.bytes], ended: true })?.startsWith("UNSAFE"),
  );
  expect(noticed.length / hostile.length).toBeGreaterThan(0.95);
});

test("there are thousands of them, and nothing is left open", async () => {
  const all = Object.values(TABLES).flat();
  expect(all.length).toBeGreaterThan(4_000);
  await proxy.quiet();
});
