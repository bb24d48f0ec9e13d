/**
 * The schema as JSON Schema, for editors: `# yaml-language-server: $schema=…` on top of a file completes and
 * checks it while it is written. Draft 7, because that is what the YAML language server knows best.
 */
import { z } from "zod";
import { documentSchema } from "./schema.ts";

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The form of one document as it is written, not as the program sees it afterwards. */
export function configurationJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(documentSchema, {
    target: "draft-7",
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      dropMachineLimits(jsonSchema);
      // Left out by zod where a value is turned into another; ours are of what people write.
      const { examples } = z.globalRegistry.get(zodSchema) ?? {};
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  const { definitions = {}, ...document } = schema as JsonSchema & {
    definitions?: Record<string, JsonSchema>;
  };
  const parts = Object.entries(definitions).map(([name, part]) => [name, withReferences(part)] as const);
  return {
    ...withReferences(document),
    title: "Portward configuration",
    definitions: { ...Object.fromEntries(parts), reference: REFERENCE },
  };
}

/** The range in which numbers are exact is JavaScript's business, not the reader's. */
function dropMachineLimits(schema: JsonSchema): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** Wherever not any text will do, a reference will, whose text nobody knows yet. */
function withReferences(schema: JsonSchema): JsonSchema {
  const inner = mapInner(schema);
  if (inner.anyOf !== undefined) {
    const alternatives = inner.anyOf as JsonSchema[];
    const wanting = alternatives.some(isPicky) && !alternatives.some(takesAnyText);
    return wanting ? { ...inner, anyOf: [...alternatives, REFERENCE_HERE] } : inner;
  }
  if (!isPicky(inner)) return inner;
  const { description, default: standard, examples, ...form } = inner;
  const shown = Object.entries({ description, default: standard, examples }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...Object.fromEntries(shown), anyOf: [form, REFERENCE_HERE] };
}

function mapInner(schema: JsonSchema): JsonSchema {
  const mapped: JsonSchema = { ...schema };
  for (const key of ["items", "additionalProperties"] as const) {
    if (isSchema(schema[key])) mapped[key] = withReferences(schema[key]);
  }
  if (schema.anyOf !== undefined) mapped.anyOf = (schema.anyOf as JsonSchema[]).map(mapInner);
  if (schema.properties !== undefined) {
    const properties = Object.entries(schema.properties as Record<string, JsonSchema>);
    mapped.properties = Object.fromEntries(properties.map(([key, each]) => [key, withReferences(each)]));
  }
  return mapped;
}

/** What tells kinds of routes apart stays as it is: with a reference there, no message would know which is meant. */
function isPicky({ type, enum: words, pattern, minLength = 0, const: only }: JsonSchema): boolean {
  if (only !== undefined) return false;
  if (type === "string") return words !== undefined || pattern !== undefined || minLength > 1;
  return type === "integer" || type === "number" || type === "boolean";
}

function takesAnyText({ type, enum: words, pattern, minLength = 0 }: JsonSchema): boolean {
  return (
    (type === "string" || (Array.isArray(type) && type.includes("string"))) &&
    words === undefined &&
    pattern === undefined &&
    minLength <= 1
  );
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is how people write it
const REFERENCE: JsonSchema = {
  description: "Filled in when the configuration is read: `${NAME}`, `${NAME:-default}` or `${file:/path}`.",
  type: "string",
  pattern: "\\$\\{",
};
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
const REFERENCE_HERE: JsonSchema = { $ref: "#/definitions/reference" };
