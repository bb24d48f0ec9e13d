/** Every Content-Length with every Transfer-Encoding, in both orders, in both versions, and each of them twice. */
import { type AttackCase, head, post, refused, SMUGGLED, valid } from "../attack-case.ts";

const LENGTHS = [
  "5",
  "05",
  "0000000000000005",
  "+5",
  "-5",
  "0x5",
  "5, 5",
  "5,5",
  "5,6",
  "5 5",
  " 5",
  "5 ",
  "\t5",
  "5\t",
  "5.0",
  "5e0",
  "",
  " ",
  "5;",
  "5;a=b",
  '"5"',
  "five",
  "5\0",
  "\x0b5",
  "\xb25",
  "\x305",
  "99999999999999999999",
  "9007199254740993",
  "18446744073709551621",
  "5, chunked",
  "0",
  "00",
  "-0",
  "+0",
  "5_0",
  "5'",
] as const;
const VALID_LENGTHS = new Map([
  ["5", 5],
  ["05", 5],
  ["0000000000000005", 5],
  ["0", 0],
  ["00", 0],
]);

const CODINGS = [
  "chunked",
  "Chunked",
  "CHUNKED",
  "cHuNkEd",
  " chunked",
  "\tchunked",
  "chunked ",
  "chunked\t",
  "chunked,",
  ",chunked",
  "chunked,chunked",
  "chunked, chunked",
  "gzip, chunked",
  "chunked, gzip",
  "gzip",
  "identity",
  "identity, chunked",
  "chunked, identity",
  "chunked;q=1",
  "chunked;",
  '"chunked"',
  "'chunked'",
  "xchunked",
  "chunkedx",
  "chunke",
  "chunked\x0b",
  "\x0bchunked",
  "chunked\0",
  "\0chunked",
  "chun\0ked",
  "chu nked",
  "ch\xfanked",
  "chunked\x85",
  "\xa0chunked",
  "",
  " ",
  "trailers",
  "chunked\x7f",
  "x-chunked",
  "deflate",
  "compress, chunked",
] as const;
const VALID_CODINGS = new Set(["chunked", "Chunked", "CHUNKED", "cHuNkEd"]);

const CHUNKED_BODY = "5\r\nhello\r\n0\r\n\r\n";

export const FRAMING: readonly AttackCase[] = [
  ...LENGTHS.flatMap(lengthAlone),
  ...CODINGS.flatMap(codingAlone),
  ...LENGTHS.flatMap((length) => CODINGS.flatMap((coding) => both(length, coding))),
  ...pairs(LENGTHS).map(([a, b]) => repeated("Content-Length", a, b, "hello")),
  ...pairs(CODINGS).map(([a, b]) => repeated("Transfer-Encoding", a, b, CHUNKED_BODY)),
  ...withoutBody(),
];

function lengthAlone(length: string): AttackCase[] {
  const bytes = VALID_LENGTHS.get(length);
  return ["1.1", "1.0"].map((version) => {
    const text = head(`POST / HTTP/${version}`, `Content-Length: ${length}`) + "hello".slice(0, bytes ?? 5);
    const what = `Content-Length ${JSON.stringify(length)}, HTTP/${version}`;
    return bytes === undefined
      ? refused(what, text + SMUGGLED)
      : valid(what, text, post("hello".slice(0, bytes)));
  });
}

function codingAlone(coding: string): AttackCase[] {
  const fields = [`Transfer-Encoding: ${coding}`];
  const what = `Transfer-Encoding ${JSON.stringify(coding)}`;
  const modern = head("POST / HTTP/1.1", ...fields) + CHUNKED_BODY;
  const old = head("POST / HTTP/1.0", ...fields) + CHUNKED_BODY;
  return [
    VALID_CODINGS.has(coding) ? valid(what, modern, post("hello")) : refused(what, modern + SMUGGLED),
    refused(`${what}, HTTP/1.0`, old),
  ];
}

/** CL.TE, TE.CL and every confusion of them. */
function both(length: string, coding: string): AttackCase[] {
  const fields = [`Content-Length: ${length}`, `Transfer-Encoding: ${coding}`];
  const what = `both: ${JSON.stringify(length)} and ${JSON.stringify(coding)}`;
  return [
    refused(what, head("POST / HTTP/1.1", ...fields) + CHUNKED_BODY + SMUGGLED),
    refused(`${what}, turned`, `${head("POST / HTTP/1.1", ...fields.toReversed())}0\r\n\r\n${SMUGGLED}`),
  ];
}

function repeated(name: string, a: string, b: string, body: string): AttackCase {
  const text =
    head("POST / HTTP/1.1", `${name}: ${a}`, "X: y", `${name.toLowerCase()}: ${b}`) + body + SMUGGLED;
  return refused(`${name} twice: ${JSON.stringify(a)}, ${JSON.stringify(b)}`, text);
}

/** The first of each list with each of them, and each with itself. */
function pairs(values: readonly string[]): [string, string][] {
  const first = values[0]!;
  return values.flatMap((value) => [
    [first, value],
    [value, first],
    [value, value],
  ]);
}

/** No framing field means no body, whatever the method: what follows is the next request. */
function withoutBody(): AttackCase[] {
  return ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"].map((method) =>
    valid(
      `${method} without a framing field`,
      head(`${method} /1 HTTP/1.1`) + head("GET /2 HTTP/1.1"),
      { method, target: "/1", body: "" },
      { method: "GET", target: "/2", body: "" },
    ),
  );
}
