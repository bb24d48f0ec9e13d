/**
 * Requests that are refused, by the name of the rule that they break. Whoever breaks one gets 400 (or
 * the status of the code that stands there) and the connection is closed; nothing of it goes upstream.
 */
import type { RequestCase } from "./feed-cases.ts";
import { get, head, post, start } from "./messages.ts";

export const REFUSED_REQUESTS: readonly RequestCase[] = [
  // The request line (RFC 9112 section 3).
  ...refuse("requestLine", {
    "a space before the method": start(" GET / HTTP/1.1"),
    "two spaces before the target": start("GET  / HTTP/1.1"),
    "two spaces before the version": start("GET /  HTTP/1.1"),
    "a space behind the version": start("GET / HTTP/1.1 "),
    "more behind the version": start("GET / HTTP/1.1 x"),
    "a version of three digits": start("GET / HTTP/1.10"),
    "no version (HTTP/0.9)": "GET /\r\n",
    "no target": start("GET HTTP/1.1"),
    "only a method": start("GET"),
    "an empty target": start("GET  HTTP/1.1"),
    "a colon first": ": x\r\n",
    "a TLS client": "\x16\x03\x01",
    "white space only": " \r\n\r\n",
  }),
  ...refuse("method", {
    "a tab behind the method": start("GET\t/ HTTP/1.1"),
    "a method with a slash": start("G/T / HTTP/1.1"),
    "a method with a colon": start("Host: a"),
    "a method with a byte above 127": start("G\xc4T / HTTP/1.1"),
    "a NUL in the method": start("G\0T / HTTP/1.1"),
  }),
  ...refuse("target", {
    "a fragment": start("GET /a#b HTTP/1.1"),
    "a byte above 127": start("GET /\xc3\xa4 HTTP/1.1"),
    "a NUL in the target": start("GET /\0 HTTP/1.1"),
    "DEL in the target": start("GET /\x7f HTTP/1.1"),
    "a tab in the target": start("GET /a\tb HTTP/1.1"),
    "a backslash in the path": start("GET /a\\b HTTP/1.1"),
    "a backslash in an authority": start("GET http://a\\@b/ HTTP/1.1"),
    "a backslash in an absolute path": start("GET http://a/a\\b HTTP/1.1"),
  }),
  ...refuse("targetForm", {
    "GET *": start("GET * HTTP/1.1"),
    "a relative path": start("GET x HTTP/1.1"),
    "only a query": start("GET ?x HTTP/1.1"),
    "the authority form": start("GET a:80 HTTP/1.1"),
    "asterisk and more": start("OPTIONS ** HTTP/1.1"),
    "one slash behind the scheme": start("GET http:/a HTTP/1.1"),
  }),
  ...refuse("targetScheme", {
    "another scheme": start("GET ftp://a/ HTTP/1.1"),
    "WebSocket's scheme": start("GET ws://a/ HTTP/1.1"),
    "a scheme that only begins so": start("GET httpx://a/ HTTP/1.1"),
    "no scheme": start("GET ://a/ HTTP/1.1"),
  }),
  ...refuse("userinfo", {
    "a user": start("GET http://b@a/ HTTP/1.1"),
    "a user and a password": start("GET http://b:c@a/ HTTP/1.1"),
    "an empty user": start("GET http://@a/ HTTP/1.1"),
  }),
  ...refuse("notHttp", {
    "something like the HTTP/2 preface": "NOT THE PREFACE\r\n\r\n",
    "three words": start("LET ME IN"),
  }),
  ...refuse("version", {
    "a PROXY line": start("PROXY TCP4 192.0.2.1 192.0.2.2 1 2"),
    "a space within the method": start("G ET / HTTP/1.1"),
    "another version behind a path": start("GET / FTP"),
    "another version behind a URL": start("GET ftp://a FTP"),
    "a lower-case version": start("GET / http/1.1"),
    "no version number": start("GET / HTTP/"),
    "letters for digits": start("GET / HTTP/1.x"),
    "another protocol": start("GET / RTSP/1.0"),
    "a comma for the dot": start("GET / HTTP/1,1"),
    "no minor version": start("GET / HTTP/1\r\n"),
  }),
  ...refuse("request.version", {
    "HTTP/2.0": start("GET / HTTP/2.0"),
    "the HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/1.2": start("GET / HTTP/1.2"),
    "HTTP/0.9 spelled out": start("GET / HTTP/0.9"),
    "HTTP/9.9": start("GET / HTTP/9.9"),
  }),
  ...refuse("request.method", {
    CONNECT: start("CONNECT a:443 HTTP/1.1"),
    "CONNECT to a path": start("CONNECT /x HTTP/1.1"),
    TRACE: start("TRACE / HTTP/1.1"),
  }),

  // Line ends (RFC 9112 section 2.2).
  ...refuse("bareLf", {
    "LF behind the request line": "GET / HTTP/1.1\nHost: a\r\n\r\n",
    "LF behind the target": "GET /\nHost: a\r\n\r\n",
    "LF behind the method": "GET\n/ HTTP/1.1\r\n",
    "LF first": `\n${get()}`,
    "LF behind a field": "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
    "LF for the empty line": "GET / HTTP/1.1\r\nHost: a\r\n\n",
    "LF inside a value": get("X: a\nb"),
    "LF and CR the wrong way round": "GET / HTTP/1.1\r\nHost: a\n\r\n\r\n",
  }),
  ...refuse("bareCr", {
    "CR behind the request line": "GET / HTTP/1.1\rHost: a\r\n\r\n",
    "CR twice behind the request line": "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n",
    "CR first": `\r${get()}`,
    "CR inside a value": get("X: a\rb"),
    "CR twice behind a value": "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
    "CR for the empty line": "GET / HTTP/1.1\r\nHost: a\r\n\rGET /",
  }),
  ...refuse("leadingLines", {
    "two leading empty lines": `\r\n\r\n${get()}`,
  }),

  // Field lines (RFC 9112 section 5).
  ...refuse("obsFold", {
    "a folded line": get("X: a", " b"),
    "a line folded with a tab": get("X: a", "\tb"),
    "a folded first line": head("GET / HTTP/1.1", " Host: a"),
    "a folded empty line": get("X: a", " "),
    "a folded Transfer-Encoding": post("Transfer-Encoding:", " chunked"),
  }),
  ...refuse("fieldName", {
    "a space before the colon": get("X : y"),
    "a tab before the colon": get("X\t: y"),
    "a space before the colon of Content-Length": post("Content-Length : 5"),
    "a space before the colon of Transfer-Encoding": post("Transfer-Encoding : chunked"),
    "no colon": get("X"),
    "an empty name": get(": y"),
    "a space inside a name": get("X Y: z"),
    "a byte above 127 in a name": get("X\xe4: y"),
    "a NUL in a name": get("X\0: y"),
    "a slash in a name": get("X/Y: z"),
    "a quote in a name": get('"X": y'),
    "a parenthesis in a name": get("X(c): y"),
    "a vertical tab before a name": get("\vX: y"),
    "a line separator of Unicode before a name": get("\x85X: y"),
  }),
  ...refuse("fieldValue", {
    "a NUL": get("X: a\0b"),
    "a NUL at the end": get("X: a\0"),
    DEL: get("X: \x7f"),
    "an escape": get("X: \x1b[0m"),
    "a backspace": get("X: a\b"),
    "a vertical tab before chunked": post("Transfer-Encoding: \vchunked"),
    "a form feed behind chunked": post("Transfer-Encoding: chunked\f"),
    "a NUL in Host": head("GET / HTTP/1.1", "Host: a\0b"),
  }),
  ...refuse("fieldAlias", {
    Content_Length: post("Content_Length: 5"),
    Transfer_Encoding: post("Transfer_Encoding: chunked"),
    "transfer_encoding beside the real one": post("Transfer-Encoding: chunked", "transfer_encoding: x"),
    "one name in two spellings": get("X-A-B: 1", "X_A_B: 2"),
    "one name in two spellings, the other first": get("x_a-b: 1", "X-A_B: 2"),
  }),

  // Host (RFC 9112 section 3.2, RFC 9110 section 7.2).
  ...refuse("hostMissing", {
    "no Host": head("GET / HTTP/1.1", "X: y"),
    "no field at all": head("GET / HTTP/1.1"),
    "no Host beside an absolute target": head("GET http://a/ HTTP/1.1"),
  }),
  ...refuse("hostRepeated", {
    "Host twice": get("Host: b"),
    "Host twice, the same": get("Host: a"),
    "Host twice in other letters": get("X: y", "hOST: a"),
    "Host twice in HTTP/1.0": head("GET / HTTP/1.0", "Host: a", "Host: a"),
  }),
  ...refuse("host", {
    ...hosts(
      "",
      "a/b",
      "a b",
      "a, b",
      "b@a",
      "a?b",
      "a#b",
      "a\\b",
      "http://a",
      "a:b",
      "a:-1",
      "a:65536",
      "a:123456",
    ),
    ...hosts(
      "a:80:80",
      "a%2eb",
      "a;b",
      "a'b",
      "*",
      "a\tb",
      "\xe4",
      "[::1",
      "::1",
      "[::1]x",
      "[::1]:x",
      "[]",
      "[:]",
    ),
    ...hosts(
      "[::1%25lo]",
      "[v1.a:b]",
      "[1:2:3:4:5:6:7:8:9]",
      "[1::2::3]",
      "[12345::]",
      "[:::]",
      "[1:2]",
      "[::1.2.3]",
    ),
    ...hosts(
      "[::1.2.3.256]",
      "[1.2.3.4::]",
      "[1:2:3:4:5:6:7:1.2.3.4]",
      "[1:2:3:4:5:6:7:]",
      "[::1.2.3.04]",
      ":80",
      "a:+80",
    ),
    "an absolute target without a host": start("GET http:///x HTTP/1.1"),
    "an absolute target without anything": start("GET http:// HTTP/1.1"),
    "an https target without anything": start("GET https:// HTTP/1.1"),
    "an absolute target with only a port": start("GET http://:80/ HTTP/1.1"),
    "an absolute target with a bad port": start("GET http://a:x/ HTTP/1.1"),
    "an absolute target with a comma": start("GET http://a,b/ HTTP/1.1"),
    "an empty Host in HTTP/1.0": head("GET / HTTP/1.0", "Host:"),
  }),
  ...refuse("hostMismatch", {
    "another host": head("GET http://a/ HTTP/1.1", "Host: b"),
    "another port": head("GET http://a:81/ HTTP/1.1", "Host: a"),
    "the port of the other scheme": head("GET https://a/ HTTP/1.1", "Host: a:80"),
    "a final dot": head("GET http://a/ HTTP/1.1", "Host: a."),
    "a longer host": head("GET http://a/ HTTP/1.1", "Host: ab"),
    "another host in HTTP/1.0": head("GET http://a/ HTTP/1.0", "Host: b"),
  }),

  // Framing (RFC 9112 section 6).
  ...refuse("contentLength", {
    ...lengths(
      "",
      "+5",
      "-5",
      "0x5",
      "5, 5",
      "5,5",
      "5 5",
      "5;",
      "5.0",
      "5e0",
      "five",
      "\xb2",
      '"5"',
      "5_0",
      "0b1",
    ),
    "two spaces before it": post("Content-Length:  5"),
    "a tab before it": post("Content-Length:\t5"),
    "a space behind it": post("Content-Length: 5 "),
    "a tab behind it": post("Content-Length: 5\t"),
  }),
  ...refuse("contentLengthRepeated", {
    twice: post("Content-Length: 5", "Content-Length: 6"),
    "twice, the same": post("Content-Length: 5", "Content-Length: 5"),
    "twice, in other letters": post("Content-Length: 5", "X: y", "content-LENGTH: 5"),
    "one empty": post("Content-Length: 5", "Content-Length:"),
  }),
  ...refuse("contentLengthOverflow", {
    ...lengths("9007199254740992", "18446744073709551616", "99999999999999999999999"),
  }),
  ...refuse("contentLengthAndTransferEncoding", {
    both: post("Content-Length: 5", "Transfer-Encoding: chunked"),
    "both, the other way round": post("Transfer-Encoding: chunked", "Content-Length: 5"),
    "both, one of them named in Connection": post(
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
      "Connection: content-length",
    ),
    "both, the coding unknown": post("Content-Length: 5", "Transfer-Encoding: x"),
    "both, the coding empty": post("Content-Length: 5", "Transfer-Encoding:"),
    "both in HTTP/1.0": head("POST / HTTP/1.0", "Content-Length: 5", "Transfer-Encoding: chunked"),
  }),
  ...refuse("transferEncoding", {
    ...codings(
      "",
      "identity",
      "gzip",
      "gzip, chunked",
      "chunked, gzip",
      "chunked, chunked",
      ", chunked",
      "chunked,",
    ),
    ...codings(
      "xchunked",
      "chunkedx",
      "chunked;",
      "chunked;q=1",
      "chunked foo",
      '"chunked"',
      "\xa0chunked",
      "chun ked",
      "c",
    ),
    "two spaces before it": post("Transfer-Encoding:  chunked"),
    "a tab before it": post("Transfer-Encoding:\tchunked"),
    "a space behind it": post("Transfer-Encoding: chunked "),
    "a tab behind it": post("Transfer-Encoding: chunked\t"),
  }),
  ...refuse("transferEncodingRepeated", {
    twice: post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    "twice, in other letters": post("Transfer-Encoding: chunked", "TRANSFER-ENCODING: identity"),
    "one empty": post("Transfer-Encoding:", "Transfer-Encoding: chunked"),
  }),
  ...refuse("transferEncodingVersion", {
    "chunked in HTTP/1.0": head("POST / HTTP/1.0", "Transfer-Encoding: chunked"),
  }),

  // Other fields with rules of their own.
  ...refuse("connection", {
    "a quoted string": get('Connection: "close"'),
    "two words": get("Connection: close x"),
    "a semicolon": get("Connection: keep-alive; x"),
    "a bad second one": get("Connection: close", "Connection: ("),
    "a byte above 127": get("Connection: cl\xf6se"),
    "more options than there are fields to name": get(`Connection: ${"x,".repeat(33)}`),
  }),
  ...refuse("maxForwards", {
    "not a number": head("OPTIONS * HTTP/1.1", "Host: a", "Max-Forwards: x"),
    "a sign": head("OPTIONS * HTTP/1.1", "Host: a", "Max-Forwards: +1"),
    hexadecimal: head("OPTIONS * HTTP/1.1", "Host: a", "Max-Forwards: 0x1"),
    empty: head("OPTIONS * HTTP/1.1", "Host: a", "Max-Forwards:"),
    twice: head("OPTIONS * HTTP/1.1", "Host: a", "Max-Forwards: 1", "Max-Forwards: 1"),
  }),
  ...refuse("request.expectation", {
    "another expectation": post("Expect: 200-ok", "Content-Length: 1"),
    "an empty expectation": post("Expect:", "Content-Length: 1"),
    "two expectations": post("Expect: 100-continue, x", "Content-Length: 1"),
    "Expect twice": post("Expect: 100-continue", "Expect: 100-continue", "Content-Length: 1"),
    "a parameter": post("Expect: 100-continue;x", "Content-Length: 1"),
  }),
  {
    name: "bareLf: LF in a second request",
    bytes: `${get()}GET / HTTP/1.1\n`,
    events: ["head GET / a", "end", "fault bareLf"],
  },
];

function refuse(rule: string, rows: Readonly<Record<string, string>>): RequestCase[] {
  return Object.entries(rows).map(([name, bytes]) => ({
    name: `${rule}: ${name}`,
    bytes,
    events: [`fault ${rule}`],
  }));
}

function hosts(...values: readonly string[]): Record<string, string> {
  return each(values, (value) => head("GET / HTTP/1.1", `Host: ${value}`));
}

function lengths(...values: readonly string[]): Record<string, string> {
  return each(values, (value) => post(`Content-Length: ${value}`));
}

function codings(...values: readonly string[]): Record<string, string> {
  return each(values, (value) => post(`Transfer-Encoding: ${value}`));
}

function each(values: readonly string[], request: (value: string) => string): Record<string, string> {
  return Object.fromEntries(values.map((value) => [JSON.stringify(value), request(value)]));
}
