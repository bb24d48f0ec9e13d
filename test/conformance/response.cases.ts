/** Answers: what is read in the legal ones, and by which rule the others are refused (502, connection not reused). */
import type { ResponseCase } from "./feed-cases.ts";
import { chunkedOk, head, ok } from "./messages.ts";

export const ACCEPTED_RESPONSES: readonly ResponseCase[] = [
  // The status line (RFC 9112 section 4).
  accept("an answer with a length", `${ok("Content-Length: 5")}hello`, "head 200 OK length=5", "data hello"),
  accept("an empty answer", ok("Content-Length: 0"), "head 200 OK length=0"),
  accept("an empty reason", head("HTTP/1.1 200 ", "Content-Length: 0"), "head 200 length=0"),
  accept("no reason and no space", head("HTTP/1.1 200", "Content-Length: 0"), "head 200 length=0"),
  accept(
    "a reason of several words",
    head("HTTP/1.1 404 Not \t Found ", "Content-Length: 0"),
    "head 404 Not \t Found  length=0",
  ),
  accept("a reason beyond ASCII", head("HTTP/1.1 200 \xe4", "Content-Length: 0"), "head 200 \xe4 length=0"),
  accept("the lowest final status", head("HTTP/1.1 200 x", "Content-Length: 0"), "head 200 x length=0"),
  accept("the highest status", head("HTTP/1.1 599 x", "Content-Length: 0"), "head 599 x length=0"),

  // Framing (RFC 9112 section 6.3).
  accept("a chunked answer", chunkedOk("5\r\nhello\r\n0\r\n\r\n"), "head 200 OK chunked", "data hello"),
  accept(
    "a chunked answer with trailers",
    chunkedOk("1\r\na\r\n0\r\nX: y\r\n\r\n"),
    "head 200 OK chunked",
    "data a",
    "trailers X: y",
  ),
  accept("leading zeros", `${ok("Content-Length: 00005")}hello`, "head 200 OK length=5", "data hello"),
  accept("204 has no body", head("HTTP/1.1 204 No Content"), "head 204 No Content"),
  accept("204 with a length", head("HTTP/1.1 204 No Content", "Content-Length: 5"), "head 204 No Content"),
  accept("304 has no body", head("HTTP/1.1 304 Not Modified"), "head 304 Not Modified"),
  accept(
    "304 with a length",
    head("HTTP/1.1 304 Not Modified", "Content-Length: 5"),
    "head 304 Not Modified",
  ),
  accept(
    "304 with a coding",
    head("HTTP/1.1 304 Not Modified", "Transfer-Encoding: chunked"),
    "head 304 Not Modified",
  ),
  accept(
    "205 with a length",
    head("HTTP/1.1 205 Reset Content", "Content-Length: 0"),
    "head 205 Reset Content length=0",
  ),
  toHead("HEAD with a length", ok("Content-Length: 5"), "head 200 OK"),
  toHead("HEAD with a coding", ok("Transfer-Encoding: chunked"), "head 200 OK"),
  toHead("HEAD without either", ok(), "head 200 OK"),
  toHead("HEAD of HTTP/1.0", head("HTTP/1.0 200 OK", "Content-Length: 5"), "head 200 OK 1.0 close"),
  untilClose("until the connection closes", `${ok()}hello`, "head 200 OK untilClose close", "data hello"),
  untilClose("until the connection closes, nothing", ok(), "head 200 OK untilClose close"),
  untilClose(
    "keep-alive cannot hold without a length",
    `${ok("Connection: keep-alive")}x`,
    "head 200 OK untilClose close",
    "data x",
  ),
  untilClose(
    "HTTP/1.0 until the connection closes",
    `${head("HTTP/1.0 200 OK")}x`,
    "head 200 OK 1.0 untilClose close",
    "data x",
  ),
  untilClose(
    "a complete answer, then a FIN",
    `${ok("Content-Length: 1")}x`,
    "head 200 OK length=1",
    "data x",
  ),

  // Persistence (RFC 9112 section 9.3).
  accept("Connection: close", ok("Connection: close", "Content-Length: 0"), "head 200 OK length=0 close"),
  accept("HTTP/1.0", head("HTTP/1.0 200 OK", "Content-Length: 0"), "head 200 OK 1.0 length=0 close"),
  accept(
    "HTTP/1.0 with keep-alive",
    head("HTTP/1.0 200 OK", "Connection: keep-alive", "Content-Length: 0"),
    "head 200 OK 1.0 length=0",
  ),
  accept(
    "fields of HTTP/1.1 in an underscored spelling are just fields",
    ok("Content_Length: 5", "X_Forwarded_For: 1", "Content-Length: 0"),
    "head 200 OK length=0",
  ),

  // Interim answers (RFC 9110 section 15.2).
  accept(
    "100, then the answer",
    head("HTTP/1.1 100 Continue") + ok("Content-Length: 0"),
    "head 100 Continue",
    "head 200 OK length=0",
  ),
  accept(
    "a short answer behind a long interim one",
    head("HTTP/1.1 103 Early Hints", "Link: </style.css>; rel=preload") + head("HTTP/1.1 204"),
    "head 103 Early Hints",
    "head 204",
  ),
  accept(
    "102 and 103",
    head("HTTP/1.1 102 Processing") + head("HTTP/1.1 103 Early Hints", "Link: <a>") + ok("Content-Length: 0"),
    "head 102 Processing",
    "head 103 Early Hints",
    "head 200 OK length=0",
  ),
  accept(
    "an interim answer with a length",
    head("HTTP/1.1 103 x", "Content-Length: 5") + ok("Content-Length: 0"),
    "head 103 x",
    "head 200 OK length=0",
  ),
  accept(
    "an interim answer's close is not the final one's",
    head("HTTP/1.1 103 x", "Connection: close") + ok("Content-Length: 0"),
    "head 103 x close",
    "head 200 OK length=0",
  ),

  // Upgrade (RFC 9110 section 7.8).
  upgrade(
    "101",
    "websocket",
    head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"),
    "head 101 Switching Protocols",
  ),
  upgrade(
    "101 in other letters",
    "websocket",
    head("HTTP/1.1 101 x", "connection: x, UPGRADE", "upgrade: websocket"),
    "head 101 x",
  ),
  upgrade(
    "101 to one of several",
    "irc/6.9, websocket",
    head("HTTP/1.1 101 x", "Connection: upgrade", "Upgrade: WEBSOCKET"),
    "head 101 x",
  ),
  upgrade(
    "101 to a version",
    "irc/6.9",
    head("HTTP/1.1 101 x", "Connection: upgrade", "Upgrade: irc/6.9"),
    "head 101 x",
  ),
  upgrade("an upgrade declined", "websocket", ok("Content-Length: 0"), "head 200 OK length=0"),
  upgrade(
    "an upgrade behind 100",
    "a",
    head("HTTP/1.1 100 x") + head("HTTP/1.1 101 x", "Connection: upgrade", "Upgrade: a"),
    "head 100 x",
    "head 101 x",
  ),
  accept(
    "426 says to what to upgrade",
    head("HTTP/1.1 426 x", "Connection: upgrade", "Upgrade: a", "Content-Length: 0"),
    "head 426 x length=0",
  ),

  {
    name: "two answers",
    bytes: `${ok("Content-Length: 1")}a${chunkedOk("1\r\nb\r\n0\r\n\r\n")}`,
    events: ["head 200 OK length=1", "data a", "end", "head 200 OK chunked", "data b", "end"],
    answers: [{}, {}],
  },
  {
    name: "an answer to HEAD, then one to GET",
    bytes: `${ok("Content-Length: 1")}${ok("Content-Length: 1")}a`,
    events: ["head 200 OK", "end", "head 200 OK length=1", "data a", "end"],
    answers: [{ method: "HEAD" }, {}],
  },
];

export const REFUSED_RESPONSES: readonly ResponseCase[] = [
  ...refuse("statusLine", {
    "a tab before the status": head("HTTP/1.1\t200 OK"),
    "a status of four digits": head("HTTP/1.1 2000 OK"),
    "a tab behind the status": head("HTTP/1.1 200\tOK"),
    "a control byte in the reason": head("HTTP/1.1 200 O\0K"),
    "an escape in the reason": head("HTTP/1.1 200 \x1b[0m"),
    "a letter behind the version": head("HTTP/1.1x 200 OK"),
  }),
  ...refuse("statusCode", {
    "two spaces before it": head("HTTP/1.1  200 OK"),
    "two digits": head("HTTP/1.1 20 OK"),
    letters: head("HTTP/1.1 abc OK"),
    "below 100": head("HTTP/1.1 099 OK"),
    "600": head("HTTP/1.1 600 OK"),
    "999": head("HTTP/1.1 999 OK"),
    "a sign": head("HTTP/1.1 +20 OK"),
  }),
  ...refuse("version", {
    "HTTP/2": head("HTTP/2.0 200 OK"),
    "HTTP/1.2": head("HTTP/1.2 200 OK"),
    "lower case": head("http/1.1 200 OK"),
    "another protocol": head("ICY 200 OK"),
    "an empty line first": `\r\n${ok()}`,
    "a body that was not expected": "hello",
    "no version number": head("HTTP/1 200 OK"),
    "a TLS server": "\x15\x03\x01",
  }),
  ...refuse("bareLf", {
    "LF behind the status line": "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
    "LF behind the status": "HTTP/1.1 200\n\r\n",
    "LF behind a field": "HTTP/1.1 200 OK\r\nA: b\n\r\n",
    "LF for the empty line": "HTTP/1.1 200 OK\r\nA: b\r\n\n",
  }),
  ...refuse("bareCr", {
    "CR behind the status line": "HTTP/1.1 200 OK\rA: b\r\n\r\n",
    "CR behind the status": "HTTP/1.1 200\rA: b\r\n\r\n",
    "CR inside a value": ok("A: b\rc"),
  }),
  ...refuse("obsFold", { "a folded line": ok("A: b", " c") }),
  ...refuse("fieldName", { "a space before the colon": ok("A : b"), "no colon": ok("A") }),
  ...refuse("fieldValue", { "a NUL": ok("A: \0"), "an LF that is escaped by nothing": ok("A: \x0b") }),
  ...refuse("connection", { "a quoted string": ok('Connection: "close"') }),
  ...refuse("contentLength", {
    "a sign": ok("Content-Length: +5"),
    "a list": ok("Content-Length: 5, 5"),
    "a space behind": ok("Content-Length: 5 "),
    empty: ok("Content-Length:"),
  }),
  ...refuse("contentLengthRepeated", {
    twice: ok("Content-Length: 5", "Content-Length: 6"),
    "twice, the same": ok("Content-Length: 5", "Content-Length: 5"),
  }),
  ...refuse("contentLengthOverflow", { "2^53": ok("Content-Length: 9007199254740992") }),
  ...refuse("contentLengthAndTransferEncoding", {
    both: ok("Content-Length: 5", "Transfer-Encoding: chunked"),
    "both in 304": head("HTTP/1.1 304 x", "Content-Length: 5", "Transfer-Encoding: chunked"),
  }),
  ...refuse("transferEncoding", {
    gzip: ok("Transfer-Encoding: gzip, chunked"),
    identity: ok("Transfer-Encoding: identity"),
    "a tab before it": ok("Transfer-Encoding:\tchunked"),
  }),
  ...refuse("transferEncodingRepeated", {
    twice: ok("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
  }),
  ...refuse("transferEncodingVersion", { "HTTP/1.0": head("HTTP/1.0 200 OK", "Transfer-Encoding: chunked") }),
  ...refuse("transferEncodingStatus", {
    "204": head("HTTP/1.1 204 x", "Transfer-Encoding: chunked"),
    "100": head("HTTP/1.1 100 x", "Transfer-Encoding: chunked"),
    "103": head("HTTP/1.1 103 x", "Transfer-Encoding: chunked"),
  }),
  ...refuse("unexpectedUpgrade", {
    "101 that nobody asked for": head("HTTP/1.1 101 x", "Connection: upgrade", "Upgrade: a"),
  }),
  ...refuse("unexpectedUpgrade", {
    "101 without Upgrade": head("HTTP/1.1 101 x", "Connection: upgrade"),
    "101 without Connection": head("HTTP/1.1 101 x", "Upgrade: a"),
    "101 to another protocol": head("HTTP/1.1 101 x", "Connection: upgrade", "Upgrade: b"),
    "101 to more than one protocol": head("HTTP/1.1 101 x", "Connection: upgrade", "Upgrade: a, a"),
    "101 to nothing": head("HTTP/1.1 101 x", "Connection: upgrade", "Upgrade:"),
  }).map((row) => ({ ...row, answers: [{ upgrade: true, upgradeTo: "a" }] })),
  body("chunkSize: no digit", "x\r\n", "fault chunkSize"),
  body("chunkSize: a space behind", "1 \r\na\r\n0\r\n\r\n", "fault chunkSize"),
  body("chunkSizeOverflow: 2^53", "20000000000000\r\n", "fault chunkSizeOverflow"),
  body("chunkExtension: a bare semicolon", "1;\r\n", "fault chunkExtension"),
  body("chunkEnd: a chunk longer than its size", "1\r\nab\r\n", "data a", "fault chunkEnd"),
  body("bareLf: LF behind a size", "1\n", "fault bareLf"),
  body("trailerField: Content-Length", "0\r\nContent-Length: 1\r\n\r\n", "fault trailerField"),
  body("obsFold: a folded trailer", "0\r\n x\r\n", "fault obsFold"),
  ...truncated({
    nothing: ["", []],
    "inside the status line": ["HTTP/1.1 20", []],
    "inside the head": ["HTTP/1.1 200 OK\r\nA: b\r\n", []],
    "behind an interim answer": [head("HTTP/1.1 100 x"), ["head 100 x"]],
    "before the body": [ok("Content-Length: 1"), ["head 200 OK length=1"]],
    "inside the body": [`${ok("Content-Length: 3")}ab`, ["head 200 OK length=3", "data ab"]],
    "before the first chunk": [chunkedOk(""), ["head 200 OK chunked"]],
    "inside a chunk": [chunkedOk("5\r\nhel"), ["head 200 OK chunked", "data hel"]],
    "behind a chunk": [chunkedOk("1\r\na\r\n"), ["head 200 OK chunked", "data a"]],
    "inside the last chunk": [chunkedOk("1\r\na\r\n0\r\n"), ["head 200 OK chunked", "data a"]],
    "inside the trailers": [chunkedOk("0\r\nA: b\r\n"), ["head 200 OK chunked"]],
  }),
];

function accept(name: string, bytes: string, ...events: readonly string[]): ResponseCase {
  return { name, bytes, events: [...events, "end"] };
}

function toHead(name: string, bytes: string, ...events: readonly string[]): ResponseCase {
  return { ...accept(name, bytes, ...events), answers: [{ method: "HEAD" }] };
}

function untilClose(name: string, bytes: string, ...events: readonly string[]): ResponseCase {
  return { ...accept(name, bytes, ...events), fin: true };
}

function upgrade(name: string, upgradeTo: string, bytes: string, ...events: readonly string[]): ResponseCase {
  return { ...accept(name, bytes, ...events), answers: [{ upgrade: true, upgradeTo }] };
}

function refuse(rule: string, rows: Readonly<Record<string, string>>): ResponseCase[] {
  return Object.entries(rows).map(([name, bytes]) => ({
    name: `${rule}: ${name}`,
    bytes,
    events: [`fault ${rule}`],
  }));
}

function body(name: string, bytes: string, ...events: readonly string[]): ResponseCase {
  return { name, bytes: chunkedOk(bytes), events: ["head 200 OK chunked", ...events] };
}

function truncated(rows: Readonly<Record<string, readonly [string, readonly string[]]>>): ResponseCase[] {
  return Object.entries(rows).map(([name, [bytes, events]]) => ({
    name: `truncated: ${name}`,
    bytes,
    events: [...events, "fault truncated"],
    fin: true,
  }));
}
