/** The tables of docs/configuration.md: every key of the schema with its form, its default and what it means. */
import { configurationJsonSchema, type JsonSchema } from "../../src/config/json-schema.ts";

/** One row per setting, with the whole way to it. */
export function settingsTable(): string {
  const { settings } = configurationJsonSchema().properties as Record<string, JsonSchema>;
  const rows = leavesOf(settings!, "").map(
    ([name, { default: standard, description }]) =>
      `| \`${name}\` | ${standard === undefined ? "none" : code(standard)} | ${cell(description)} |`,
  );
  return ["| setting | default | |", "|---|---|---|", ...rows].join("\n");
}

/** A table for every map that a configuration is made of. */
export function referenceTables(): string {
  const schema = configurationJsonSchema() as JsonSchema & { definitions: Record<string, JsonSchema> };
  const { httpRoute, tcpRoute, target, balance, accessLog } = schema.definitions;
  const { filters } = httpRoute!.properties as Record<string, JsonSchema>;
  const { listeners, upstreams, tests, settings } = schema.properties as Record<string, JsonSchema>;
  return [
    section("A document", schema),
    section("An http route", httpRoute!),
    section("A tcp route", tcpRoute!),
    section("An upstream", upstreams!.additionalProperties as JsonSchema),
    section("A target", mapOf(target!)!),
    section("A way to balance", mapOf(balance!)!),
    section("A filter", mapOf(filters!.items as JsonSchema)!),
    section("A listener", listeners!.additionalProperties as JsonSchema),
    section("An access log", mapOf(accessLog!)!),
    section("Tracing", mapOf((settings!.properties as Record<string, JsonSchema>)["tracing"]!)!),
    section("A test", tests!.items as JsonSchema),
  ].join("\n\n");
}

function section(title: string, schema: JsonSchema): string {
  const rows = rowsOf(schema, "");
  return [`### ${title}`, "", "| key | takes | default | |", "|---|---|---|---|", ...rows].join("\n");
}

/** Keys of inner maps stand below their map. Settings have a table of their own. */
function rowsOf({ properties, required = [] }: JsonSchema, prefix: string): string[] {
  return Object.entries(properties as Record<string, JsonSchema>).flatMap(([key, each]) => {
    const name = `${prefix}${key}`;
    const standard = (required as readonly string[]).includes(key) ? "*required*" : code(each.default);
    const row = `| \`${name}\` | ${formOf(each)} | ${standard} | ${cell(each.description)}${examplesOf(each)} |`;
    const inner = key === "settings" ? undefined : mapOf(each);
    return [row, ...(inner === undefined ? [] : rowsOf(inner, `${name}.`))];
  });
}

function mapOf(schema: JsonSchema): JsonSchema | undefined {
  if (schema.properties !== undefined) return schema;
  return (schema.anyOf as JsonSchema[] | undefined)?.find(({ properties }) => properties !== undefined);
}

/** In a few words; what the form of a text is, its examples show. */
function formOf(schema: JsonSchema): string {
  const { type, const: only, enum: words, anyOf, items, $ref, properties, allOf } = schema;
  // A reference with a description of its own.
  if (allOf !== undefined) return formOf((allOf as JsonSchema[])[0]!);
  if ($ref !== undefined) return NAMES[String($ref).split("/").at(-1)!] ?? "";
  if (only !== undefined) return code(only);
  if (words !== undefined) return words.map(code).join(", ");
  if (anyOf !== undefined) {
    const forms = (anyOf as JsonSchema[]).map(formOf).filter((form) => form !== "");
    return [...new Set(forms)].join(" or ");
  }
  if (type === "array")
    return `list of ${formOf(items as JsonSchema).replace(/\b[a-z]{3,}\b/g, "$&s") || "values"}`;
  if (Array.isArray(type)) return type.map((each) => WORDS[each] ?? each).join(" or ");
  if (properties !== undefined) return "map";
  if (type === "object") return "map of names";
  if (type === "string") return unitOf(schema);
  return WORDS[String(type)] ?? String(type);
}

function unitOf({ pattern }: JsonSchema): string {
  const orOff = pattern?.startsWith("^off") ? " or `off`" : "";
  if (pattern?.includes("KiB")) return `size${orOff}`;
  return pattern?.includes("ms") ? `duration${orOff}` : "text";
}

function leavesOf(schema: JsonSchema, prefix: string): [string, JsonSchema][] {
  return Object.entries(schema.properties as Record<string, JsonSchema>).flatMap(([key, each]) =>
    each.properties === undefined
      ? [[`${prefix}${key}`, each] as [string, JsonSchema]]
      : leavesOf(each, `${prefix}${key}.`),
  );
}

function examplesOf({ examples }: JsonSchema): string {
  const shown = (examples as unknown[] | undefined) ?? [];
  return shown.length === 0 ? "" : ` ${shown.map(code).join(" · ")}`;
}

function code(value: unknown): string {
  if (value === undefined || JSON.stringify(value) === "{}") return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return `\`${text.replaceAll("\n", "\\n").replaceAll("|", "\\|")}\``;
}

function cell(text: string | undefined): string {
  return (text ?? "").replaceAll("|", "\\|");
}

const WORDS: Readonly<Record<string, string>> = {
  integer: "number",
  string: "text",
  boolean: "`true`, `false`",
  null: "`null`",
};
const NAMES: Readonly<Record<string, string>> = {
  target: "target",
  balance: "policy or map",
  httpRoute: "route",
  tcpRoute: "route",
  accessLog: "log",
};
