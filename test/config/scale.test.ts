/** Large configurations load fast; absurd ones are refused fast. The bounds are loose: this is no benchmark. */
import { expect, test } from "bun:test";
import { mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuTimeMs } from "../../src/base/test-support/cpu-time.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { memoryFiles } from "./memory-files.ts";

const rows = [
  ["10,000 routes in simple YAML", "a.yaml", `name: big\nroutes:\n${manyRoutes(10_000)}`, 10_000],
  ["2,000 routes in YAML with an anchor", "a.yaml", `name: &x big\nroutes:\n${manyRoutes(2000)}`, 2000],
  ["5,000 routes in JSON, told apart by one header", "a.json", manyTenants(5000), 5000],
] as const;
for (const [name, file, text, count] of rows) {
  test(`${name} load in seconds`, async () => {
    const { loaded, ms } = await timed(file, text);
    expect(loaded.ok && loaded.value.configuration.routes.length).toBe(count);
    expect(ms).toBeLessThan(10_000);
  }, 60_000);
}

test("200,000 routes are too many bytes, and said so at once", async () => {
  const { loaded, ms } = await timed("a.yaml", `routes:\n${manyRoutes(200_000)}`);
  expect(loaded).toMatchObject({ ok: false, error: [{ code: "file.too_large" }] });
  expect(ms).toBeLessThan(4000);
});

test("of a file of 50 MiB no more than the limit is read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portward-scale-"));
  try {
    const file = join(folder, "big.yaml");
    await Bun.write(file, "");
    await truncate(file, 50 * 1024 * 1024);
    const before = process.memoryUsage().rss;
    expect(await loadConfiguration([file])).toMatchObject({ ok: false, error: [{ code: "file.too_large" }] });
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1024 * 1024);
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function timed(file: string, text: string) {
  const started = cpuTimeMs();
  const loaded = await loadConfiguration([file], memoryFiles({ [file]: text }));
  return { loaded, ms: cpuTimeMs() - started };
}

function manyRoutes(count: number): string {
  return Array.from(
    { length: count },
    (_, index) => `  - kind: http
    listen: 5000
    host: h${index % 100}.example.org
    path: /a${index}/b
    rewrite: /
    targets: [ { host: 127.0.0.1, port: ${3000 + (index % 100)} } ]
`,
  ).join("");
}

function manyTenants(count: number): string {
  const routes = Array.from({ length: count }, (_, index) => ({
    listen: 5000,
    path: "/",
    headers: { "x-tenant": `t${index}` },
    targets: [`10.0.0.1:${1 + index}`],
  }));
  return JSON.stringify({ routes });
}
