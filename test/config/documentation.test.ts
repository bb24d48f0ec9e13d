/** docs/configuration.md against the code: its examples load, and its table of settings is the schema's. */
import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderDiagnostics } from "../../src/config/diagnostics/render.ts";
import { configurationJsonSchema, type JsonSchema } from "../../src/config/json-schema.ts";
import { loadConfiguration, parseConfiguration } from "../../src/config/load.ts";
import { runTests } from "../../src/explain/run-tests.ts";

const text = await Bun.file(`${import.meta.dir}/../../docs/configuration.md`).text();

describe("every example loads, and its tests hold", () => {
  for (const [index, [, example]] of [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].entries()) {
    test(`example ${index + 1}`, () => {
      const loaded = parseConfiguration("example.yaml", example!);
      expect(renderDiagnostics(loaded.ok ? runTests(loaded.value) : loaded.error)).toBe("");
    });
  }
});

test("the example in TypeScript loads", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portward-docs-"));
  try {
    const [, example] = /```ts\n([\s\S]*?)```/.exec(text)!;
    await Bun.write(join(folder, "shop.ts"), example!);
    const loaded = await loadConfiguration([join(folder, "shop.ts")]);
    expect(loaded.ok ? loaded.value.configuration.routes.length : renderDiagnostics(loaded.error)).toBe(2);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("every setting stands in the table with its default, and no other", () => {
  const table = text.slice(text.indexOf("<!-- made: settings -->")).split("<!-- end -->")[0]!;
  const rows = [...table.matchAll(/^\| `([a-z_.]+)` \| (?:`([^`]*)`|none) \|/gm)].map(
    ([, name, value]) => `${name} = ${value}`,
  );
  const { settings } = configurationJsonSchema().properties as { settings: JsonSchema };
  expect(rows.sort()).toEqual(settingsOf(settings, "").sort());
});

test("every key of a route is mentioned", () => {
  const { definitions } = configurationJsonSchema() as { definitions: Record<string, JsonSchema> };
  const keys = ["httpRoute", "tcpRoute"].flatMap((name) => Object.keys(definitions[name]?.properties ?? {}));
  expect(keys.filter((key) => !text.includes(`\`${key}`))).toEqual([]);
});

test("every key of a test is mentioned", () => {
  const { tests } = configurationJsonSchema().properties as { tests: { items: JsonSchema } };
  const keys = tests.items.properties as { expect: JsonSchema };
  const all = [...Object.keys(keys), ...Object.keys(keys.expect.properties ?? {})];
  expect(all.length).toBeGreaterThan(10);
  expect(all.filter((key) => !text.includes(`| \`${key}\` |`))).toEqual([]);
});

function settingsOf(schema: JsonSchema, prefix: string): string[] {
  return Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).flatMap(([key, value]) => {
    if (value.properties !== undefined) return settingsOf(value, `${prefix}${key}.`);
    const standard = typeof value.default === "object" ? JSON.stringify(value.default) : value.default;
    return [`${prefix}${key} = ${standard}`];
  });
}
