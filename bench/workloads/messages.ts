/**
 * The requests and answers of the HTTP workloads, as bytes on the wire. Every body ends with a byte that the
 * message has nowhere else, by which the load generators see where it ends (load/http.ts).
 */

export const SMALL_BODY = `${"The quick brown fox jumps over the lazy dog. ".repeat(3).slice(0, 99)}!`;
export const RICH_BODY = jsonDocument(2048);
export const POST_BODY = `${"x".repeat(4095)}!`;
export const STORED_BODY = "stored!";

export const SMALL_ANSWER = answer(["Content-Type: text/plain"], SMALL_BODY);
export const STORED_ANSWER = answer(["Content-Type: text/plain"], STORED_BODY);

/** Ten fields. */
export const RICH_ANSWER = answer(
  [
    "Server: origin",
    "Date: Tue, 01 Jul 2025 09:30:00 GMT",
    "Content-Type: application/json",
    "Cache-Control: private, max-age=0, must-revalidate",
    'ETag: "5f2a-61f0c9d2e8a40"',
    "Vary: Accept-Encoding, Origin",
    "Strict-Transport-Security: max-age=31536000; includeSubDomains",
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: strict-origin-when-cross-origin",
  ],
  RICH_BODY,
);

/** What a browser sends besides Host. */
export const BROWSER_FIELDS = {
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  Accept: "application/json, text/plain, */*",
  "Accept-Language": "en-GB,en;q=0.7,de;q=0.3",
  "Accept-Encoding": "gzip, deflate, br, zstd",
  Referer: "https://shop.example/catalogue/new?page=2&sort=price",
  Origin: "https://shop.example",
  Connection: "keep-alive",
  Cookie: "session=6f1c2b9a7de04c53a1f8; theme=dark; consent=v2.1~essential~statistics",
  "Sec-Fetch-Dest": "empty",
  "Sec-Fetch-Mode": "cors",
  "Sec-Fetch-Site": "same-origin",
  Priority: "u=4",
  "Cache-Control": "no-cache",
} as const;

export const HOST = "shop.example";

/** With `Host` first; a body brings its Content-Length. */
export function request(
  method: string,
  target: string,
  fields: Readonly<Record<string, string>> = {},
  body = "",
): string {
  const length = body === "" ? {} : { "Content-Length": `${body.length}` };
  const lines = Object.entries({ Host: HOST, ...fields, ...length }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `${[`${method} ${target} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n${body}`;
}

function answer(fields: readonly string[], body: string): string {
  return `${["HTTP/1.1 200 OK", ...fields, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`;
}

/** One closing brace only, at the very end. */
function jsonDocument(length: number): string {
  const start = '{"items":[';
  const end = '"last item"]}';
  const items: string[] = [];
  for (let id = 1; `${start}${items.join("")}${end}`.length < length - 40; id++) {
    items.push(`"item ${id}",["new","small",${id * 7}.95],`);
  }
  const short = length - `${start}${items.join("")}${end}`.length;
  return `${start}${items.join("")}${" ".repeat(short)}${end}`;
}
