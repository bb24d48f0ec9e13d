import { expect, test } from "bun:test";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { configurationJsonSchema, type JsonSchema } from "./json-schema.ts";

const schema = configurationJsonSchema();
const checker = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);

test("takes the fixtures, as an editor would check them", async () => {
  for (const name of ["one", "two", "tcp"]) {
    const text = await Bun.file(`${import.meta.dir}/../../fixtures/liteginx/${name}.yaml`).text();
    for (const document of parseAllDocuments(text))
      expect(checker.safeParse(document.toJS()).success).toBe(true);
  }
});

test("refuses what the loader refuses by shape", () => {
  const route = { listen: 5000, path: "/", targets: ["127.0.0.1:3000"] };
  expect(checker.safeParse({ routes: [route] }).success).toBe(true);
  expect(checker.safeParse({ routes: [{ ...route, pth: "/" }] }).success).toBe(false);
  expect(checker.safeParse({ routes: [{ ...route, targets: [] }] }).success).toBe(false);
  expect(checker.safeParse({ routes: [{ ...route, timeouts: { idle: 5 } }] }).success).toBe(false);
  expect(checker.safeParse({ routes: [{ ...route, timeouts: { idle: "off" } }] }).success).toBe(true);
  expect(checker.safeParse({ settings: { limits: { head: "10MB" } } }).success).toBe(false);
});

test("every key is described", () => {
  const { definitions } = schema as { definitions: Record<string, JsonSchema> };
  for (const node of [schema, ...Object.values(definitions)]) expect(undescribed(node, "$")).toEqual([]);
});

/** Paths of properties that an editor would show without a word. */
function undescribed(node: JsonSchema, path: string): string[] {
  const { properties = {}, anyOf = [], allOf = [], items, additionalProperties } = node;
  const inner = [...anyOf, ...allOf, items, additionalProperties].filter(isSchema);
  const keys = Object.entries(properties) as [string, JsonSchema][];
  return [
    ...keys.filter(([, each]) => !each.description).map(([key]) => `${path}.${key}`),
    ...keys.flatMap(([key, each]) => undescribed(each, `${path}.${key}`)),
    ...inner.flatMap((each) => undescribed(each, path)),
  ];
}

function isSchema(node: unknown): node is JsonSchema {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}
