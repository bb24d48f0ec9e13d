/** Answers of the admin address, and the fields that all of them carry. */
import type { Refusal } from "./guard.ts";

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export function reply(body: unknown, status = 200): Reply {
  return { status, body };
}

export function fault(status: number, code: string, detail: string): Reply {
  return { status, body: { detail, code } };
}

export function jsonResponse(
  { status, body }: Reply,
  fields: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(body, { status, headers: { ...SECURITY_FIELDS, ...fields } });
}

export function refusalResponse({ status, code, detail }: Refusal): Response {
  const fields: Record<string, string> =
    status === 401 ? { "WWW-Authenticate": 'Bearer realm="portward"' } : {};
  return jsonResponse(fault(status, code, detail), fields);
}

export function textResponse(text: string, contentType: string): Response {
  return new Response(text, { headers: { ...SECURITY_FIELDS, "Content-Type": contentType } });
}

/** Nothing from elsewhere is loaded, nothing is kept, and no other site may show or read any of it. */
const SECURITY_FIELDS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  /** By which the command line knows whom it talks to. */
  Server: "portward",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};
