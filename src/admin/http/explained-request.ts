/** A request to explain, as it came in JSON: checked as `portward explain` checks its command line. */
import type { z } from "zod";
import { err, ok, type Result } from "../../base/result.ts";
import { parseFieldName, parseFieldValue, parseMethod } from "../../config/values/header-field.ts";
import { canonicalIp } from "../../config/values/host-name.ts";
import { parseRequestUrl } from "../../config/values/request-url.ts";
import type { ExplainedRequest } from "../../explain/request.ts";
import type { explainQuestion } from "../views.ts";
import { fault, type Reply } from "./reply.ts";

export function explainedRequest(asked: z.output<typeof explainQuestion>): Result<ExplainedRequest, Reply> {
  const url = parseRequestUrl(asked.url);
  if (!url.ok) return refused(`the URL ${url.error}`);
  const method = parseMethod(asked.method);
  if (!method.ok) return refused(method.error.message);
  for (const [name, value] of asked.headers) {
    if (!parseFieldName(name).ok || !parseFieldValue(value).ok) return refused("a header field is none");
  }
  const from = asked.from === null ? null : canonicalIp(asked.from);
  if (asked.from !== null && from === null) return refused("`from` is no IP address");
  return ok({ method: method.value, url: url.value, headers: asked.headers, from });
}

function refused(detail: string): Result<never, Reply> {
  return err(fault(400, "admin.body", detail));
}
