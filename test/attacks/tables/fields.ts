/** Field lines, the Connection field, and fields that upstreams believe. */
import { type AttackCase, get, head, post, refused, SMUGGLED, valid } from "../attack-case.ts";

const BAD_LINES = [
  "X : y",
  "X\t: y",
  " X: y",
  "\tX: y",
  ": y",
  "X",
  "X y",
  "X Y: z",
  "X\0: y",
  "X\x0b: y",
  "(X): y",
  "X,: y",
  "X;: y",
  "X/: y",
  "X[: y",
  "X{: y",
  '"X": y',
  "X@: y",
  "X=: y",
  "X?: y",
  "X\\: y",
  "X\x7f: y",
  "X\x80: y",
  "\xdc: y",
  "X: a\0b",
  "X: a\x01b",
  "X: a\x0bb",
  "X: a\x0cb",
  "X: a\x1fb",
  "X: a\x7fb",
  "X: a\r\n b",
  "X: a\r\n\tb",
  "X:\r\n y",
  "X: a\r\n \r\n",
  "X: a\nY: b",
  "X: a\rY: b",
  "X: a\r",
  "X: a\n",
  "X: a\r\r",
  "\0",
  "X: \x00",
  "X: \x1b[2J",
] as const;

/** Spellings of framing fields that some reader takes for the field itself. */
const DISGUISES = [
  ...["Transfer-Encoding", "Content-Length"].flatMap((name) => [
    `${name} `,
    `${name}\t`,
    ` ${name}`,
    `\t${name}`,
    `${name}\0`,
    `\0${name}`,
    `${name}\x0b`,
    `\x0b${name}`,
    `${name}\r`,
    `${name}\n`,
    name.replace("-", "_"),
    name.replace("-", " "),
    name.replace("-", "\xad"),
    `"${name}"`,
    `${name},`,
    `${name};`,
    `${name}\xa0`,
    `X: y\n${name}`,
    `X: y\r${name}`,
    `X\r\n ${name}`,
    name.replace("-", "\0-"),
    name.replace("n", "\xf1"),
  ]),
  "Transfer_encoding",
  "CONTENT_LENGTH",
  "transfer_Encoding",
  "Host_",
  "Content__Length",
] as const;
/** Not a framing field under any reading. */
const HARMLESS = new Set<string>(["Host_", "Content__Length"]);

const FORGED = [
  "X-Forwarded-For: 6.6.6.6",
  "x-forwarded-for: 6.6.6.6",
  "X_Forwarded_For: 6.6.6.6",
  "X-Forwarded_For: 6.6.6.6",
  "X_Forwarded-For: 6.6.6.6",
  "x_FORWARDED-for: 6.6.6.6",
  "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7",
  "X-Forwarded-For:",
  "X-Forwarded-For: 127.0.0.1, 6.6.6.6",
  "Connection: X-Forwarded-For",
  "Connection: close, X-Forwarded-For\r\nX-Forwarded-For: 6.6.6.6",
] as const;

/** Naming a field in Connection must not make a difference to the framing. */
const NOMINATED = [
  "Content-Length",
  "content-length",
  "Transfer-Encoding",
  "Host",
  "Connection",
  "X-Forwarded-For",
  "Cookie",
  "close",
  "keep-alive",
  "upgrade",
  "TE",
  "",
  ",",
  ",,",
  "close,",
  ", close",
  "Content-Length, Host",
  "a,b , c",
  "x-a;",
  "close close",
  '"close"',
  "a b",
  "a=b",
  "a:b",
  "close\0",
  "clo\x0bse",
  "\xe4",
] as const;
const BAD_OPTIONS = new Set<string>([
  "x-a;",
  "close close",
  '"close"',
  "a b",
  "a=b",
  "a:b",
  "close\0",
  "clo\x0bse",
  "\xe4",
]);

const GOOD_LINES = [
  "X: y",
  "X:y",
  "X:",
  "X: ",
  "X:\t y \t",
  "x-!#$%&'*+.^_`|~: y",
  "X: \xe9\xff",
  "X: a\tb",
  "X: a:b",
  "X: GET / HTTP/1.1",
  "X: Content-Length: 9",
  "X_Y: 1",
  "Cookie: a=b; c=d",
  'X: "\\""',
  `X: ${"a".repeat(4_000)}`,
  "Expect: 100-continue",
  "Keep-Alive: timeout=5",
  "Proxy-Connection: keep-alive",
  "Upgrade: h2c",
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
  "Trailer: X",
  "TE: trailers",
  "Max-Forwards: 3",
] as const;

export const FIELDS: readonly AttackCase[] = [
  ...BAD_LINES.flatMap((line) => [
    refused(`field ${JSON.stringify(line)}`, head("GET / HTTP/1.1", line) + SMUGGLED),
    refused(
      `field ${JSON.stringify(line)}, before Host`,
      `GET / HTTP/1.1\r\n${line}\r\nHost: a\r\n\r\n${SMUGGLED}`,
    ),
    refused(
      `field ${JSON.stringify(line)}, between framing fields`,
      `${head("POST / HTTP/1.1", "Content-Length: 5", line, "X: y")}hello${SMUGGLED}`,
    ),
  ]),
  ...DISGUISES.flatMap((name) => {
    const value = name.toLowerCase().includes("length") ? "5" : "chunked";
    const text = `${head("POST / HTTP/1.1", "Content-Length: 6", `${name}: ${value}`)}0\r\n\r\nX`;
    const alone = head("POST / HTTP/1.1", `${name}: ${value}`) + SMUGGLED;
    if (HARMLESS.has(name))
      return [valid(`beside a length: ${JSON.stringify(name)}`, text, post("0\r\n\r\nX"))];
    return [
      refused(`beside a length: ${JSON.stringify(name)}`, text),
      refused(`alone: ${JSON.stringify(name)}`, alone),
    ];
  }),
  ...FORGED.map((field) => valid(`forged ${JSON.stringify(field)}`, head("GET / HTTP/1.1", field), get())),
  ...NOMINATED.flatMap((option) => {
    const text = `${head("POST / HTTP/1.1", `Connection: ${option}`, "Content-Length: 5")}hello`;
    const chunked = `${head("POST / HTTP/1.1", `Connection: ${option}`, "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\n\r\n`;
    const what = `Connection: ${JSON.stringify(option)}`;
    if (BAD_OPTIONS.has(option))
      return [refused(what, text + SMUGGLED), refused(`${what}, chunked`, chunked + SMUGGLED)];
    return [valid(what, text, post("hello")), valid(`${what}, chunked`, chunked, post("hello"))];
  }),
  ...GOOD_LINES.flatMap((line) => [
    valid(`field ${JSON.stringify(line)}`, head("GET / HTTP/1.1", line), get()),
    valid(
      `field ${JSON.stringify(line)}, with a body`,
      `${head("POST / HTTP/1.1", line, "Content-Length: 5")}hello`,
      post("hello"),
    ),
  ]),
  ...["X-A: 1\r\nX_A: 2", "x_a: 1\r\nX-A: 2", "A-B_C: 1\r\nA_B-C: 2", "Cookie-X: 1\r\nCookie_X: 2"].map(
    (twins) => refused(`twins ${JSON.stringify(twins)}`, head("GET / HTTP/1.1", twins) + SMUGGLED),
  ),
  ...[
    "tea",
    "100-continue, x",
    "200-ok",
    "",
    "100-continue\r\nExpect: 100-continue",
    "100 continue",
    "x=100-continue",
  ].map((value) =>
    refused(
      `Expect: ${JSON.stringify(value)}`,
      `${head("POST / HTTP/1.1", `Expect: ${value}`, "Content-Length: 5")}hello${SMUGGLED}`,
    ),
  ),
];
