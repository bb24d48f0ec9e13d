/**
 * Chunked bodies whose framing turns out wrong (RFC 9112 section 7.1). Their head has gone upstream by then, so
 * each row shows what was passed on before the fault.
 */
import type { RequestCase } from "./feed-cases.ts";
import { chunkedPost } from "./messages.ts";

export const REFUSED_BODIES: readonly RequestCase[] = [
  ...first("chunkSize", {
    "no digit": "x\r\n",
    empty: "\r\n",
    "a sign": "+1\r\n",
    "a minus": "-1\r\n",
    "a prefix": "0x1\r\n",
    "a space before": " 1\r\n",
    "a space behind": "1 \r\n",
    "a tab behind": "1\t\r\n",
    "a space before the extension": "1 ;a\r\n",
    "an underscore": "1_0\r\n",
    "a dot": "1.0\r\n",
    "a letter behind": "1g\r\n",
    "a NUL behind": "1\0\r\n",
    quotes: '"1"\r\n',
    "a comma": "1,2\r\n",
    "a superscript": "\xb2\r\n",
    "an extension alone": ";a\r\n",
  }),
  ...first("chunkSizeOverflow", {
    "2^53": "20000000000000\r\n",
    "2^64 and one": "10000000000000001\r\n",
    "seventeen zeros": `${"0".repeat(17)}\r\n`,
    "seventeen zeros and one": `${"0".repeat(16)}1\r\n`,
    "all digits f": "ffffffffffffffff\r\n",
  }),
  ...first("chunkExtension", {
    "a bare semicolon": "1;\r\n",
    "two semicolons": "1;;a\r\n",
    "a semicolon at the end": "1;a;\r\n",
    "a space behind the semicolon": "1; a\r\n",
    "a space behind the name": "1;a \r\n",
    "a space before the equals sign": "1;a =b\r\n",
    "a space behind the equals sign": "1;a= b\r\n",
    "no value": "1;a=\r\n",
    "no name": "1;=b\r\n",
    "two equals signs": "1;a=b=c\r\n",
    "a slash in the name": "1;a/b\r\n",
    "a comma": "1;a,b\r\n",
    "a NUL in the name": "1;a\0b\r\n",
    "a control byte in the value": "1;a=b\x01\r\n",
    DEL: "1;a\x7f\r\n",
    "a byte above 127": "1;a=\xe4\r\n",
    "more behind a quoted value": '1;a="b"c\r\n',
    "a quoted name": '1;"a"=b\r\n',
    "a control byte in a quoted value": '1;a="\x01"\r\n',
    "a line end in a quoted value": '1;a="b\r\nc"\r\n',
    "an LF in a quoted value": '1;a="b\nc"\r\n',
    "a control byte behind a backslash": '1;a="\\\x01"\r\n',
    "a CR behind a backslash": '1;a="\\\r\n"\r\n',
  }),
  ...first("bareLf", {
    "LF behind a size": "1\nx\r\n",
    "LF for a size": "\n1\r\nx\r\n",
    "LF behind an extension": "1;a\nx\r\n",
    "LF behind a value": "1;a=b\nx\r\n",
    "LF behind a quoted value": '1;a="b"\nx\r\n',
    "LF behind the last size": "0\n\r\n",
  }),
  ...first("bareCr", {
    "CR behind a size": "1\rx\r\n",
    "CR twice behind a size": "1\r\r\nx\r\n",
    "CR behind an extension": "1;a\rb\r\n",
    "CR for the end of the body": "0\r\n\rX",
  }),
  refuse("chunkEnd: a chunk longer than its size", "1\r\nab\r\n", "data a", "fault chunkEnd"),
  refuse("chunkEnd: a size right behind a chunk", "1\r\na0\r\n\r\n", "data a", "fault chunkEnd"),
  refuse("chunkSize: an empty line too many", "1\r\na\r\n\r\n0\r\n\r\n", "data a", "fault chunkSize"),
  refuse("bareLf: LF behind a chunk", "1\r\na\n0\r\n\r\n", "data a", "fault bareLf"),
  refuse("bareCr: CR behind a chunk", "1\r\na\r0\r\n\r\n", "data a", "fault bareCr"),
  refuse("chunkSize: in the second chunk", "2\r\nab\r\n 1\r\nc\r\n0\r\n\r\n", "data ab", "fault chunkSize"),
  ...trailer("obsFold", { "a folded trailer": "A: b\r\n c\r\n", "a folded first line": " A: b\r\n" }),
  ...trailer("fieldName", {
    "a space before the colon": "A : b\r\n",
    "no colon": "A\r\n",
    "a request behind a body without its end": "GET / HTTP/1.1\r\n",
    "an empty name": ": a\r\n",
  }),
  ...trailer("fieldValue", { "a NUL": "A: \0\r\n" }),
  ...trailer("bareLf", { "LF behind a trailer": "A: b\n\r\n", "LF for the end": "\n" }),
  ...trailer("bareCr", { "CR inside a trailer": "A: b\rc\r\n" }),
  ...trailer("trailerField", {
    "Content-Length": "Content-Length: 1\r\n\r\n",
    "Transfer-Encoding": "transfer-encoding: chunked\r\n\r\n",
    Host: "A: b\r\nHost: c\r\n\r\n",
    Connection: "Connection: close\r\n\r\n",
    Expect: "Expect: 100-continue\r\n\r\n",
    Trailer: "Trailer: a\r\n\r\n",
    TE: "TE: trailers\r\n\r\n",
    Upgrade: "Upgrade: a\r\n\r\n",
    "Max-Forwards": "Max-Forwards: 0\r\n\r\n",
    "a second spelling of Content-Length": "Content_Length: 1\r\n\r\n",
  }),
];

/** The fault is in the first line of the body. */
function first(rule: string, rows: Readonly<Record<string, string>>): RequestCase[] {
  return Object.entries(rows).map(([name, body]) => refuse(`${rule}: ${name}`, body, `fault ${rule}`));
}

function trailer(rule: string, rows: Readonly<Record<string, string>>): RequestCase[] {
  return Object.entries(rows).map(([name, lines]) =>
    refuse(`trailer ${rule}: ${name}`, `0\r\n${lines}`, `fault ${rule}`),
  );
}

function refuse(name: string, body: string, ...events: readonly string[]): RequestCase {
  return { name, bytes: chunkedPost(body), events: ["head POST / a chunked", ...events] };
}
