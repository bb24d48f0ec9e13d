/** The OpenAPI document of the admin address, made from the same table that the server answers from. */
import { z } from "zod";
import { fault } from "../views.ts";
import type { Answer, Endpoint } from "./endpoint.ts";

type Json = Readonly<Record<string, unknown>>;

export function openApiDocument(endpoints: readonly Endpoint[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const each of endpoints) {
    paths[each.path] ??= {};
    paths[each.path]![each.method.toLowerCase()] = operationOf(each);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Portward's admin address",
      version,
      license: { name: "MIT", identifier: "MIT" },
    },
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "`settings.admin.token`, where it is set." },
      },
    },
  };
}

function operationOf(each: Endpoint): Json {
  const { summary, isProbe, body } = each;
  const parameters = parametersOf(each);
  return {
    summary,
    ...(isProbe ? { security: [{}] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined ? {} : { requestBody: { required: true, content: jsonContent(body, "input") } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(each.answers).map(([status, answer]) => [status, responseOf(answer)]),
      ),
      default: responseOf({ description: "It was not done; `code` says why.", schema: fault }),
    },
  };
}

function parametersOf({ parameter, query }: Endpoint): Json[] {
  const all: Json[] = [];
  if (parameter !== undefined)
    all.push({ ...parameter, in: "path", required: true, schema: { type: "string" } });
  for (const [name, schema] of Object.entries(query?.shape ?? {})) {
    const { description, ...rest } = schemaOf(schema as z.ZodType, "input");
    all.push({ name, in: "query", ...(description === undefined ? {} : { description }), schema: rest });
  }
  return all;
}

function responseOf({ description, schema }: Answer): Json {
  return { description, content: jsonContent(schema, "output") };
}

function jsonContent(schema: z.ZodType, io: "input" | "output"): Json {
  return { "application/json": { schema: schemaOf(schema, io) } };
}

/** Each stands for itself, with what it shares with others in its own `$defs`. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, reused: "inline" });
  return json;
}
