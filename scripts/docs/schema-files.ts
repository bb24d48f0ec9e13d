/**
 * The faces of the schema that others read: JSON Schema for editors that know no `portward schema`, and types for
 * configurations in TypeScript. Both say what `src/config/schema.ts` says.
 */
import { configurationJsonSchema, type JsonSchema } from "../../src/config/json-schema.ts";

export function jsonSchemaFile(): string {
  return `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`;
}

export function declarationsFile(): string {
  const { definitions = {}, ...document } = configurationJsonSchema() as JsonSchema & {
    definitions?: Record<string, JsonSchema>;
  };
  const { reference: _, ...parts } = definitions;
  const declared = Object.entries(parts).map(([name, part]) => declaration(typeName(name), part));
  return [HEAD, declaration("PortwardConfig", document), ...declared].join("\n");
}

function declaration(name: string, schema: JsonSchema): string {
  const type = typeOf(schema, "");
  return type.startsWith("{") ? `export interface ${name} ${type}\n` : `export type ${name} = ${type};\n`;
}

function typeOf(schema: JsonSchema, indent: string): string {
  const {
    type,
    const: only,
    enum: words,
    anyOf,
    items,
    properties,
    additionalProperties,
    $ref,
    allOf,
  } = schema;
  if (allOf !== undefined) return typeOf((allOf as JsonSchema[])[0]!, indent);
  if (typeof $ref === "string") return typeName($ref.split("/").at(-1)!);
  if (only !== undefined) return JSON.stringify(only);
  if (words !== undefined) return words.map((word) => JSON.stringify(word)).join(" | ");
  if (anyOf !== undefined)
    return unique((anyOf as JsonSchema[]).map((each) => typeOf(each, indent))).join(" | ");
  if (type === "array") {
    const item = typeOf(items as JsonSchema, indent);
    return /^\w+$/.test(item) ? `readonly ${item}[]` : `readonly (${item})[]`;
  }
  if (properties !== undefined) return mapType(schema, indent);
  if (type === "object")
    return `{ readonly [name: string]: ${typeOf(additionalProperties as JsonSchema, indent)} }`;
  const types = Array.isArray(type) ? type : [type];
  return types.map((each) => (each === "integer" ? "number" : String(each))).join(" | ");
}

function mapType({ properties, required = [] }: JsonSchema, indent: string): string {
  const deeper = `${indent}  `;
  const lines = Object.entries(properties as Record<string, JsonSchema>).flatMap(([key, each]) => {
    const isRequired = (required as readonly string[]).includes(key);
    const type = typeOf(each, deeper);
    return [
      ...comment(each, deeper),
      `${deeper}readonly ${key}${isRequired ? "" : "?"}: ${type}${isRequired ? "" : " | undefined"};`,
    ];
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function comment({ description, default: standard, examples }: JsonSchema, indent: string): string[] {
  const isTold = standard !== undefined && JSON.stringify(standard) !== "{}";
  const lines = [
    ...(description === undefined ? [] : [description]),
    ...(isTold ? [`@default ${JSON.stringify(standard)}`] : []),
    ...((examples as unknown[] | undefined) ?? []).map((example) => `@example ${JSON.stringify(example)}`),
  ].map((line) => line.replaceAll("*/", "*\\/"));
  if (lines.length < 2) return lines.map((line) => `${indent}/** ${line} */`);
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`];
}

function typeName(definition: string): string {
  return definition === "reference" ? "Reference" : definition.charAt(0).toUpperCase() + definition.slice(1);
}

function unique(types: readonly string[]): string[] {
  return [...new Set(types)];
}

const HEAD = `/** Made by scripts/generate-docs.ts from src/config/schema.ts. */

/**
 * A configuration, typed. It is plain data: what is exported by default is what is served.
 * @example export default defineConfig({ routes: [{ listen: 5000, path: "/", respond: { body: "hello" } }] });
 */
export declare function defineConfig(configuration: PortwardConfig): PortwardConfig;

/**
 * An environment variable, filled in when the configuration is read. A script sees no variables of its own.
 * @param fallback in place of a variable that is not set, or empty
 */
export declare function env(name: string, fallback?: string): Reference;

/** The content of a file, which is never shown: \`secretFile("/run/secrets/token")\`. */
export declare function secretFile(path: string): Reference;

/** Stands for a value that is only known where the configuration is read. */
export type Reference = \`\${string}\\\${\${string}\`;
`;
