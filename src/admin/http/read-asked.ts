/** What a request to the admin address asks for: query and body held against the endpoint's schemas, both bounded. */
import { z } from "zod";
import { err, ok, type Result } from "../../base/result.ts";
import type { Asked, Endpoint } from "./endpoint.ts";
import { fault, type Reply } from "./reply.ts";

export async function readAsked(
  request: Request,
  url: URL,
  parameter: string,
  { query, body }: Endpoint,
): Promise<Result<Asked, Reply>> {
  const given = parsed(query ?? null, queryOf(url), "admin.query");
  if (!given.ok) return given;
  const text = await boundedText(request);
  if (text === null) return err(fault(413, "admin.body_too_large", `at most ${MAX_BODY_BYTES} bytes`));
  if (body === undefined) {
    if (text !== "") return err(fault(400, "admin.body", "this takes no body"));
    return ok({ parameter, query: given.value, body: undefined });
  }
  if (!JSON_TYPE.test(request.headers.get("content-type") ?? "")) {
    return err(fault(415, "admin.media_type", "the body must be application/json"));
  }
  const value = jsonOf(text);
  if (!value.ok) return err(fault(400, "admin.body", "the body is no JSON"));
  const checked = parsed(body, value.value, "admin.body");
  return checked.ok ? ok({ parameter, query: given.value, body: checked.value }) : checked;
}

/** A key that comes twice is as unknown as one that is misspelt. */
function queryOf({ searchParams }: URL): unknown {
  const entries = [...searchParams.keys()].map((key) => {
    const values = searchParams.getAll(key);
    return [key, values.length === 1 ? values[0] : values] as const;
  });
  return Object.fromEntries(entries);
}

function parsed(schema: z.ZodType | null, value: unknown, code: string): Result<unknown, Reply> {
  const result = (schema ?? NOTHING).safeParse(value);
  if (result.success) return ok(result.data);
  return err(fault(400, code, sentenceOf(result.error.issues[0]!)));
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `unknown here: ${issue.keys.join(", ")}`;
  return issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`;
}

/** Null when there is more than is taken; what follows is not read. */
async function boundedText(request: Request): Promise<string | null> {
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function jsonOf(text: string): Result<unknown, null> {
  try {
    return ok(JSON.parse(text));
  } catch {
    return err(null);
  }
}

/** The longest question is a request to explain, whose head has bounds of its own. */
export const MAX_BODY_BYTES = 64 * 1024;
const NOTHING = z.strictObject({});
const JSON_TYPE = /^application\/json\s*(?:;|$)/i;
