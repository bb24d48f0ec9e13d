/** The `request` of an entry in a browser's archive (HAR 1.2). */
import { parseRequestUrl } from "../../config/values/request-url.ts";
import { OTHER, requestItem, type TrafficItem, type TrafficRequest, unreadable } from "./traffic-request.ts";

export function readHarRequest(text: string): TrafficItem {
  const request = parsed(text);
  if (request === null) return unreadable("no JSON object");
  const { method, url, headers } = request;
  if (typeof method !== "string" || typeof url !== "string") return unreadable("no `method` or no `url`");
  if (!/^(?:http|ws)s?:/i.test(url)) return OTHER;
  const parsedUrl = parseRequestUrl(url.replace(/^ws/i, "http"));
  if (!parsedUrl.ok) return unreadable(`the URL ${parsedUrl.error.replaceAll("`", "")}`);
  const { authority, port, scheme, target } = parsedUrl.value;
  return requestItem({
    method,
    target,
    authority,
    listener: null,
    port: { number: port ?? (scheme === "http" ? 80 : 443), isImplied: port === null },
    headers: fieldsOf(headers),
    from: null,
  });
}

interface HarRequest {
  readonly method?: unknown;
  readonly url?: unknown;
  readonly headers?: unknown;
}

function parsed(text: string): HarRequest | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Without HTTP/2's pseudo-fields, and without those that spoke of the browser's own connection. */
function fieldsOf(headers: unknown): TrafficRequest["headers"] {
  if (!Array.isArray(headers)) return [];
  return headers.flatMap((header: unknown) => {
    const { name, value } = (header ?? {}) as { readonly name?: unknown; readonly value?: unknown };
    if (typeof name !== "string" || typeof value !== "string") return [];
    const isField = NAME.test(name) && VALUE.test(value) && !OF_THE_CONNECTION.has(name.toLowerCase());
    return isField ? [[name, value] as const] : [];
  });
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[^\u0000-\u0008\u000a-\u001f\u007f]*$/;
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
