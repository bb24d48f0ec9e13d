/**
 * `portward schema` against ajv, a checker that knows nothing of us: an editor that uses the schema says of every
 * fixture, example and case what the loader says, as far as the form of a document can tell.
 */
import { describe, expect, test } from "bun:test";
import Ajv from "ajv";
import { Glob } from "bun";
import { parseAllDocuments } from "yaml";
import { configurationJsonSchema, type JsonSchema } from "../../src/config/json-schema.ts";
import { env } from "../../src/config/script/define-config.ts";
import { readCase } from "./case-file.ts";

const ROOT = `${import.meta.dir}/../..`;
const schema = configurationJsonSchema();
const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
const isValid = ajv.compile(schema);

/** What is wrong with the form alone; the rest needs more than one value, or knows more than forms. */
const FORM = /error\[(config\.unknown_key|config\.missing_key|config\.wrong_type)\]/;
/** Findings that are about the text of a file, before it has a form. */
const TEXT = /\[(yaml\.|json\.|file\.|script\.)/;

describe("takes what the loader takes", () => {
  for (const file of ["fixtures/liteginx/*.yaml", "examples/*.yaml"].flatMap(filesLike)) {
    test(file, async () => {
      for (const document of documentsIn(await Bun.file(`${ROOT}/${file}`).text())) expectValid(document);
    });
  }
});

describe("agrees with the loader about the cases", () => {
  for (const file of filesLike("test/config/*.case.yaml")) {
    test(file, async () => agree(await Bun.file(`${ROOT}/${file}`).text()));
  }
});

test("a reference is valid wherever a value is wanted, and nowhere makes nonsense valid", () => {
  const route = { listen: env("PORT"), path: "/", targets: [{ host: env("HOST"), port: env("PORT") }] };
  const settings = { via: env("VIA"), drain: env("DRAIN", "5s"), limits: { fields: env("FIELDS") } };
  expectValid({
    name: env("NAME"),
    settings,
    routes: [route, { listen: 80, path: "/", upstream: env("UPSTREAM") }],
  });
  expect(isValid({ settings: { drain: "$DRAIN" } })).toBe(false);
  expect(isValid({ settings: { limits: { fields: "many" } } })).toBe(false);
  expect(isValid({ routes: [{ ...route, kind: env("KIND") }] })).toBe(false);
});

test("every example and every default in the schema is valid where it stands", () => {
  const { definitions } = schema as { definitions: Record<string, JsonSchema> };
  let count = 0;
  for (const [path, node] of nodesOf(schema, "#")) {
    const { examples = [], default: standard } = node as { examples?: unknown[]; default?: unknown };
    const values = [...examples, ...(standard === undefined ? [] : [standard])];
    if (values.length === 0) continue;
    const check = ajv.compile({ ...node, definitions: definitions });
    for (const value of values) {
      count++;
      expect([path, value, check(value)]).toEqual([path, value, true]);
    }
  }
  expect(count).toBeGreaterThan(40);
}, 60_000);

function agree(text: string): void {
  const { inputs, diagnostics } = readCase(text);
  for (const { file, text: content } of inputs) {
    // What a reference stands for is known to the loader alone.
    if (file.endsWith(".ts") || content.includes("${")) continue;
    const heads = diagnostics.map(({ head }) => head).filter((head) => head.startsWith(`${file}:`));
    if (heads.some((head) => TEXT.test(head))) continue;
    const verdicts = documentsIn(content).map((document) => isValid(document));
    if (heads.some((head) => FORM.test(head)))
      expect([file, verdicts]).toEqual([file, expect.arrayContaining([false])]);
    else if (!heads.some((head) => head.includes("error[")))
      expect([file, verdicts]).toEqual([file, verdicts.map(() => true)]);
  }
}

function expectValid(document: unknown): void {
  expect({ valid: isValid(document), errors: isValid.errors ?? null }).toEqual({ valid: true, errors: null });
}

/** As the YAML language server reads it, which is YAML 1.2 with merge keys. */
function documentsIn(text: string): unknown[] {
  return parseAllDocuments(text, { merge: true })
    .map((document) => document.toJS() as unknown)
    .filter((document) => document !== null);
}

function filesLike(pattern: string): string[] {
  return [...new Glob(pattern).scanSync(ROOT)].sort();
}

function nodesOf(node: JsonSchema, path: string): [string, JsonSchema][] {
  const {
    properties = {},
    definitions = {},
    anyOf = [],
    items,
    additionalProperties,
  } = node as {
    properties?: Record<string, JsonSchema>;
    definitions?: Record<string, JsonSchema>;
    anyOf?: JsonSchema[];
    items?: JsonSchema;
    additionalProperties?: JsonSchema | boolean;
  };
  const inner = [...Object.entries({ ...properties, ...definitions }), ...Object.entries(anyOf)];
  if (items !== undefined) inner.push(["items", items]);
  if (typeof additionalProperties === "object") inner.push(["*", additionalProperties]);
  return [[path, node], ...inner.flatMap(([key, each]) => nodesOf(each, `${path}/${key}`))];
}
