/** Several requests on one connection: bodies that look like requests, and what stands behind a wrong one. */
import { type AttackCase, get, head, type PlainRequest, post, SMUGGLED, valid } from "../attack-case.ts";

const NEXT = head("GET /next HTTP/1.1");

/** Bodies that are bodies, whatever they look like. */
const BODIES = [
  "",
  "x",
  SMUGGLED,
  `0\r\n\r\n${SMUGGLED}`,
  `\r\n\r\n${SMUGGLED}`,
  "0\r\n\r\n",
  "\r\n",
  "\n",
  "\0\x01\x02\xff",
  "5\r\nhello\r\n0\r\n\r\n",
  `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n${SMUGGLED}`,
  "a".repeat(70_000),
  SMUGGLED.repeat(50),
  "Content-Length: 0\r\n\r\n",
  "\r",
  " ",
  "GET",
] as const;

/** A request that is refused, of which each must also be refused behind a valid one. */
const BAD = [
  "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET / HTTP/1.1\r\n\r\n",
  "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
  "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
  head("POST / HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked"),
  head("POST / HTTP/1.1", "Content-Length: +5"),
  "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
  head("POST / HTTP/1.1", "Transfer-Encoding: xchunked"),
  "GET / HTTP/1.1\nHost: a\n\n",
  "X: y\r\n\r\n",
  "hello",
  "0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
].map((text) => (text === "hello" ? "hello\r\n\r\n" : text));

function byLength(body: string, target = "/"): string {
  return head(`POST ${target} HTTP/1.1`, `Content-Length: ${body.length}`) + body;
}

function inChunks(body: string, sizes: number): string {
  let text = head("POST / HTTP/1.1", "Transfer-Encoding: chunked");
  for (let at = 0; at < body.length; at += sizes) {
    const chunk = body.slice(at, at + sizes);
    text += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
  }
  return `${text}0\r\n\r\n`;
}

function behind(bad: string, first: string, ...passes: readonly PlainRequest[]): AttackCase {
  return {
    what: `${JSON.stringify(bad)} behind ${JSON.stringify(first.slice(0, 30))}`,
    bytes: first + bad + SMUGGLED,
    passes,
    ends: "refused",
  };
}

export const PIPELINES: readonly AttackCase[] = [
  ...BODIES.flatMap((body) => [
    valid(`by length ${name(body)}`, byLength(body) + NEXT, post(body), get("/next")),
    valid(`in one chunk ${name(body)}`, inChunks(body, 1_000_000) + NEXT, post(body), get("/next")),
    valid(
      `in chunks of 7 ${name(body)}`,
      inChunks(body.slice(0, 2_000), 7) + NEXT,
      post(body.slice(0, 2_000)),
      get("/next"),
    ),
    valid(
      `GET with a body ${name(body)}`,
      byLength(body).replace("POST", "GET") + NEXT,
      { method: "GET", target: "/", body },
      get("/next"),
    ),
  ]),
  ...BAD.flatMap((bad) => [
    behind(bad, NEXT, get("/next")),
    behind(bad, byLength("hello"), post("hello")),
    behind(bad, inChunks("hello", 3), post("hello")),
    behind(bad, byLength(SMUGGLED, "/x") + NEXT, post(SMUGGLED, "/x"), get("/next")),
  ]),
  ...[2, 3, 10, 50].map((count) => {
    const targets = Array.from({ length: count }, (_, i) => `/${i}`);
    return valid(
      `${count} requests at once`,
      targets.map((target) => head(`GET ${target} HTTP/1.1`)).join(""),
      ...targets.map((target) => get(target)),
    );
  }),
  valid(
    "HEAD and what follows",
    head("HEAD /h HTTP/1.1") + NEXT,
    { method: "HEAD", target: "/h", body: "" },
    get("/next"),
  ),
  valid(
    "nothing behind Connection: close is read",
    head("GET /last HTTP/1.1", "Connection: close") + SMUGGLED,
    get("/last"),
  ),
  valid("nor behind HTTP/1.0", `GET /last HTTP/1.0\r\nHost: a\r\n\r\n${SMUGGLED}`, get("/last")),
  valid(
    "an upgrade that is declined leaves HTTP on",
    head("GET /up HTTP/1.1", "Connection: upgrade", "Upgrade: websocket") + NEXT,
    get("/up"),
    get("/next"),
  ),
];

function name(body: string): string {
  return JSON.stringify(body.length > 40 ? `${body.slice(0, 40)}… ${body.length} bytes` : body);
}
