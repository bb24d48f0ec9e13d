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
    override: ({ jsonSchema }) => dropMachineLimits(jsonSchema),
  });
  return { ...schema, title: "Portward configuration" };
}

/** The range in which numbers are exact is JavaScript's business, not the reader's. */
function dropMachineLimits(schema: JsonSchema): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}
