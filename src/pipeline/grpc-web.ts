/**
 * gRPC-Web (PROTOCOL-WEB of gRPC) as a filter of a route: calls of browsers become calls of gRPC, and browsers of other
 * origins are told that they may make them (the Fetch standard's CORS). What the bodies look like is in
 * protocol/grpc-web.
 */
import { type WebCall, webCallOf } from "../protocol/grpc-web/media-type.ts";
import { FIELD } from "../protocol/http/field-names.ts";
import { BODY } from "../protocol/http/framing.ts";
import type { AddedField } from "../protocol/http/outbound-request.ts";
import { replaceField } from "../protocol/http/own-fields.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";

export interface GrpcWebPolicy {
  /** Whose pages may call, `*` for everybody's; empty: nothing is said of it, or the target says it. */
  readonly origins: readonly string[];
  /** Such calls may come with cookies and the like. */
  readonly credentials: boolean;
}

/** Null for a request that is no call of gRPC-Web. */
export function webCallIn(head: RequestHead): WebCall | null {
  if (head.method !== "POST" || head.upgrade) return null;
  return webCallOf(head.fields.get(CONTENT_TYPE) ?? "");
}

/** Makes a call of gRPC of it, of which only the body is still to be read as `call` says. */
export function becomeCall(head: RequestHead, { callType, isText }: WebCall): void {
  const { fields, framing } = head;
  replaceField(fields, CONTENT_TYPE, callType, Math.max(head.targetEnd, head.authorityEnd));
  head.lineStart = -1;
  head.acceptsTrailers = true;
  if (!isText || framing.kind === BODY.none) return;
  // Decoded it is shorter.
  if (fields.has(FIELD["content-length"])) fields.endHere("content-length");
  framing.kind = BODY.chunked;
}

/**
 * The request that a browser asks about before it makes it, as far as routing is concerned; null for what is no such
 * question about a call of gRPC-Web. Clients send `x-grpc-web` with every call.
 */
export function isPreflight({ method, fields }: RequestHead): boolean {
  if (method !== "OPTIONS" || fields.get("access-control-request-method") !== "POST") return false;
  const asked = fields.get(ASKED_FIELDS) ?? "";
  return fields.get(ORIGIN) !== null && /(^|[ \t,])x-grpc-web([ \t,]|$)/i.test(asked);
}

/** The answer to that question; null when the policy has none. */
export function preflightFields(policy: GrpcWebPolicy, head: RequestHead): readonly AddedField[] | null {
  const allowed = allowedOrigin(policy, head);
  if (allowed === null) return null;
  return [
    ...originFields(policy, allowed),
    ["Access-Control-Allow-Methods", "POST"],
    ["Access-Control-Allow-Headers", head.fields.get(ASKED_FIELDS)!],
    ["Access-Control-Max-Age", String(MAX_AGE_S)],
  ];
}

/** The origin to name to the client of this request, or null. */
export function allowedOrigin({ origins }: GrpcWebPolicy, { fields }: RequestHead): string | null {
  const origin = fields.get(ORIGIN);
  if (origin === null) return null;
  if (origins.includes(ANY)) return ANY;
  return origins.includes(origin) ? origin : null;
}

/** What lets a page of that origin read an answer. What the target says itself of it is taken out. */
export function sharedFields(
  policy: GrpcWebPolicy,
  allowed: string,
  { fields }: ResponseHead,
): readonly AddedField[] {
  for (const name of OURS) fields.endHere(name);
  const names = fields.names().map((name) => name.toLowerCase());
  const exposed = new Set([...ALWAYS_EXPOSED, ...names.filter((name) => !UNEXPOSED.has(name))]);
  return [...originFields(policy, allowed), ["Access-Control-Expose-Headers", [...exposed].join(", ")]];
}

function originFields({ credentials }: GrpcWebPolicy, allowed: string): readonly AddedField[] {
  const fields: AddedField[] = [["Access-Control-Allow-Origin", allowed]];
  if (allowed !== ANY) fields.push(["Vary", "Origin"]);
  if (credentials) fields.push(["Access-Control-Allow-Credentials", "true"]);
  return fields;
}

const ANY = "*";
const CONTENT_TYPE = "content-type";
const ORIGIN = "origin";
const ASKED_FIELDS = "access-control-request-headers";
const OURS = [
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-expose-headers",
] as const;
const ALWAYS_EXPOSED = ["grpc-status", "grpc-message", "grpc-status-details-bin"] as const;
/** Readable anyway, or nobody's business. */
const UNEXPOSED: ReadonlySet<string> = new Set([
  ...OURS,
  "cache-control",
  "connection",
  "content-length",
  "content-type",
  "set-cookie",
  "transfer-encoding",
  "vary",
]);
/** What browsers keep such an answer for at most. */
const MAX_AGE_S = 7_200;
