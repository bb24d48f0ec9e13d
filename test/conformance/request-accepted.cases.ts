/** Requests that are legal, however odd some look, and what must be read in them (RFC 9110, RFC 9112). */
import type { RequestCase } from "./feed-cases.ts";
import { chunkedPost, get, head, post, start } from "./messages.ts";

export const ACCEPTED_REQUESTS: readonly RequestCase[] = [
  // The request line (RFC 9112 section 3).
  accept("a plain GET", get(), "head GET / a"),
  accept("a method of our own", start("QUERY /x HTTP/1.1"), "head QUERY /x a"),
  accept(
    "a method of odd but legal bytes",
    start("!#$%&'*+-.^_`|~aZ9 / HTTP/1.1"),
    "head !#$%&'*+-.^_`|~aZ9 / a",
  ),
  accept("a lower-case method is another method", start("get / HTTP/1.1"), "head get / a"),
  accept("a method as long as a known one", start("PUR / HTTP/1.1"), "head PUR / a"),
  accept("one leading empty line", `\r\n${get()}`, "head GET / a"),
  accept("HTTP/1.0 without Host", head("GET / HTTP/1.0"), "head GET / (none) 1.0 close"),
  accept("HTTP/1.0 with Host", head("GET / HTTP/1.0", "Host: a"), "head GET / a 1.0 close"),
  accept("HEAD", start("HEAD / HTTP/1.1"), "head HEAD / a"),
  accept("DELETE with a query", start("DELETE /a?b=c&d HTTP/1.1"), "head DELETE /a?b=c&d a"),

  // The target (RFC 9112 section 3.2).
  accept("two slashes are a path", start("GET //x HTTP/1.1"), "head GET //x a"),
  accept("an absolute URI inside a path", start("GET /http://b/ HTTP/1.1"), "head GET /http://b/ a"),
  accept("an empty query", start("GET /? HTTP/1.1"), "head GET /? a"),
  accept("a question mark in a query", start("GET /?a?b HTTP/1.1"), "head GET /?a?b a"),
  accept("a backslash in a query", start("GET /?a\\b HTTP/1.1"), "head GET /?a\\b a"),
  accept("an at sign in a path", start("GET /@b:c HTTP/1.1"), "head GET /@b:c a"),
  accept("escapes as received", start("GET /%2e%2E/%41 HTTP/1.1"), "head GET /%2e%2E/%41 a"),
  accept("what browsers leave unescaped", start('GET /{x}|^`"<> HTTP/1.1'), 'head GET /{x}|^`"<> a'),
  accept("OPTIONS *", start("OPTIONS * HTTP/1.1"), "head OPTIONS * a"),
  accept("OPTIONS of a path", start("OPTIONS /x HTTP/1.1"), "head OPTIONS /x a"),
  accept(
    "OPTIONS in absolute form without a path",
    start("OPTIONS http://a HTTP/1.1"),
    "head OPTIONS (empty) a absolute",
  ),
  accept(
    "OPTIONS in absolute form with a query",
    start("OPTIONS http://a?x HTTP/1.1"),
    "head OPTIONS ?x a absolute",
  ),
  accept(
    "OPTIONS in absolute form with a path",
    start("OPTIONS http://a/ HTTP/1.1"),
    "head OPTIONS / a absolute",
  ),
  accept("absolute form", start("GET http://a/x HTTP/1.1"), "head GET /x a absolute"),
  accept("absolute form without a path", start("GET http://a HTTP/1.1"), "head GET (empty) a absolute"),
  accept(
    "absolute form, query without a path",
    start("GET http://a?x=/y HTTP/1.1"),
    "head GET ?x=/y a absolute",
  ),
  accept("absolute form in capitals", start("GET HTTP://A/ HTTP/1.1"), "head GET / A absolute"),
  accept("absolute form over https", start("GET https://a/ HTTP/1.1"), "head GET / a https"),
  accept(
    "absolute form with the default port",
    start("GET http://a:80/ HTTP/1.1"),
    "head GET / a:80 absolute",
  ),
  accept("absolute form with an empty port", start("GET http://a:/ HTTP/1.1"), "head GET / a: absolute"),
  accept(
    "absolute form over https, default port",
    start("GET https://a:443/ HTTP/1.1"),
    "head GET / a:443 https",
  ),
  accept(
    "absolute form, the port in Host only",
    head("GET http://a/ HTTP/1.1", "Host: a:80"),
    "head GET / a absolute",
  ),
  accept("absolute form of HTTP/1.0", head("GET http://b/ HTTP/1.0"), "head GET / b 1.0 absolute close"),
  accept(
    "absolute form with an at sign in the path",
    start("GET http://a/@b HTTP/1.1"),
    "head GET /@b a absolute",
  ),

  // Host (RFC 9110 section 7.2, RFC 3986 section 3.2).
  accept("Host with a port", head("GET / HTTP/1.1", "Host: a.example:8080"), "head GET / a.example:8080"),
  accept("Host with an empty port", head("GET / HTTP/1.1", "Host: a:"), "head GET / a:"),
  accept("Host with the highest port", head("GET / HTTP/1.1", "Host: a:65535"), "head GET / a:65535"),
  accept("Host in capitals", head("GET / HTTP/1.1", "HOST: A.Example"), "head GET / A.Example"),
  accept("Host with a final dot", head("GET / HTTP/1.1", "Host: a.example."), "head GET / a.example."),
  accept(
    "Host that is an IPv4 address",
    head("GET / HTTP/1.1", "Host: 127.0.0.1:1"),
    "head GET / 127.0.0.1:1",
  ),
  accept("Host that is an IPv6 address", head("GET / HTTP/1.1", "Host: [::1]"), "head GET / [::1]"),
  accept(
    "Host that is an IPv6 address with a port",
    head("GET / HTTP/1.1", "Host: [2001:db8::1]:80"),
    "head GET / [2001:db8::1]:80",
  ),
  accept(
    "Host that is a mapped address",
    head("GET / HTTP/1.1", "Host: [::ffff:1.2.3.4]"),
    "head GET / [::ffff:1.2.3.4]",
  ),
  accept(
    "Host that is a full IPv6 address",
    head("GET / HTTP/1.1", "Host: [1:2:3:4:5:6:7:8]"),
    "head GET / [1:2:3:4:5:6:7:8]",
  ),
  ...[
    "[::]",
    "[1::]",
    "[1:2::7:8]",
    "[1:2:3:4:5:6:1.2.3.4]",
    "[::255.255.255.255]",
    "[1:2:3:4:5:6:7::]",
    "[ABCD::ef]",
  ].map((host) =>
    accept(`Host that is ${host}`, head("GET / HTTP/1.1", `Host: ${host}`), `head GET / ${host}`),
  ),
  accept("Host with a low line", head("GET / HTTP/1.1", "Host: a_b"), "head GET / a_b"),
  accept("Host with spaces around it", head("GET / HTTP/1.1", "Host: \t a \t"), "head GET / a"),
  accept("Host without a space before it", head("GET / HTTP/1.1", "Host:a"), "head GET / a"),
  accept("Host as the last field", head("GET / HTTP/1.1", "X: y", "Host: a"), "head GET / a"),

  // Field lines (RFC 9112 section 5).
  accept("a name of one byte", get("X: y"), "head GET / a"),
  accept("a name of odd but legal bytes", get("!#$%&'*+-.^_`|~: y"), "head GET / a"),
  accept("an empty value", get("Accept:"), "head GET / a"),
  accept("a value of white space only", get("Accept: \t "), "head GET / a"),
  accept("a tab inside a value", get("Accept: a\tb"), "head GET / a"),
  accept("bytes above 127 in a value", get("X-Name: \x80\xff\xe4"), "head GET / a"),
  accept("colons in a value", get("X-Time: 1:2::3:"), "head GET / a"),
  accept("the same field twice", get("Accept: a", "Accept: b"), "head GET / a"),
  accept("a low line in a name that means nothing", get("X_Custom: 1"), "head GET / a"),
  accept("a forwarded field with a low line, to be dropped", get("X_Forwarded_For: 1.2.3.4"), "head GET / a"),
  accept(
    "a forwarded field in both spellings, to be dropped",
    get("X-Forwarded-For: 1", "X_Forwarded_For: 2"),
    "head GET / a",
  ),
  accept(
    "a forwarded field in both spellings, the other first",
    get("X_Forwarded_For: 2", "X-Forwarded-For: 1"),
    "head GET / a",
  ),
  accept("the same name with a low line twice", get("X_Custom: 1", "x_custom: 2"), "head GET / a"),

  // Connection (RFC 9110 section 7.6.1, RFC 9112 section 9.3).
  accept("Connection: close", get("Connection: close"), "head GET / a close"),
  accept("Connection: Close among others", get("Connection: x, CLOSE"), "head GET / a close"),
  accept("close in a second Connection", get("Connection: x", "Connection: close"), "head GET / a close"),
  accept("an empty Connection", get("Connection:"), "head GET / a"),
  accept("a Connection of empty members", get("Connection: , ,close,, "), "head GET / a close"),
  accept("close beats keep-alive", get("Connection: keep-alive, close"), "head GET / a close"),
  accept(
    "HTTP/1.0 with keep-alive",
    head("GET / HTTP/1.0", "Connection: Keep-Alive"),
    "head GET / (none) 1.0",
  ),
  accept(
    "HTTP/1.0 with keep-alive and close",
    head("GET / HTTP/1.0", "Connection: keep-alive, close"),
    "head GET / (none) 1.0 close",
  ),
  accept(
    "keep-alive of HTTP/1.1 changes nothing",
    get("Connection: keep-alive", "Keep-Alive: timeout=5"),
    "head GET / a",
  ),
  accept("as many connection options as may be", get(`Connection: ${"x,".repeat(32)}`), "head GET / a"),
  ...["host", "content-length", "transfer-encoding", "x-forwarded-for"].map((name) =>
    accept(`Connection that names ${name}`, get(`Connection: close, ${name}`), "head GET / a close"),
  ),
  accept(
    "Connection that names content-length does not hide the body",
    `${post("Connection: close, content-length", "Content-Length: 3")}abc`,
    "head POST / a length=3 close",
    "data abc",
  ),
  accept(
    "Connection that names transfer-encoding does not hide the body",
    `${post("Connection: Transfer-Encoding", "Transfer-Encoding: chunked")}1\r\na\r\n0\r\n\r\n`,
    "head POST / a chunked",
    "data a",
  ),

  // Bodies by length (RFC 9112 section 6.2).
  accept("a body", `${post("Content-Length: 5")}hello`, "head POST / a length=5", "data hello"),
  accept("an empty body", post("Content-Length: 0"), "head POST / a length=0"),
  accept("leading zeros", `${post("Content-Length: 00005")}hello`, "head POST / a length=5", "data hello"),
  accept("Content-Length in capitals", `${post("CONTENT-LENGTH: 1")}\0`, "head POST / a length=1", "data \0"),
  accept(
    "Content-Length right behind its colon",
    `${post("Content-Length:2")}\r\n`,
    "head POST / a length=2",
    "data \r\n",
  ),
  accept(
    "a body that looks like a request",
    post("Content-Length: 27") + get(),
    "head POST / a length=27",
    `data ${get()}`,
  ),
  accept("a GET with a body", `${get("Content-Length: 1")}x`, "head GET / a length=1", "data x"),
  accept(
    "a body of HTTP/1.0",
    `${head("POST / HTTP/1.0", "Content-Length: 1")}x`,
    "head POST / (none) 1.0 length=1 close",
    "data x",
  ),
  accept("a POST without a body", post(), "head POST / a"),

  // Chunked bodies (RFC 9112 section 7.1).
  accept("a chunked body", chunkedPost("5\r\nhello\r\n0\r\n\r\n"), "head POST / a chunked", "data hello"),
  accept(
    "several chunks",
    chunkedPost("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
    "head POST / a chunked",
    "data abc",
  ),
  accept("an empty chunked body", chunkedPost("0\r\n\r\n"), "head POST / a chunked"),
  accept("chunked in mixed case", `${post("transfer-encoding: ChUnKeD")}0\r\n\r\n`, "head POST / a chunked"),
  accept(
    "chunked right behind its colon",
    `${post("Transfer-Encoding:chunked")}0\r\n\r\n`,
    "head POST / a chunked",
  ),
  accept(
    "hexadecimal in both cases",
    chunkedPost(`a\r\n${"x".repeat(10)}\r\nB\r\n${"y".repeat(11)}\r\n0\r\n\r\n`),
    "head POST / a chunked",
    `data ${"x".repeat(10)}${"y".repeat(11)}`,
  ),
  accept(
    "leading zeros of a chunk size",
    chunkedPost("0001\r\na\r\n000\r\n\r\n"),
    "head POST / a chunked",
    "data a",
  ),
  accept(
    "CRLF inside a chunk",
    chunkedPost("4\r\n\r\n\r\n\r\n0\r\n\r\n"),
    "head POST / a chunked",
    "data \r\n\r\n",
  ),
  accept("a chunk extension", chunkedPost("1;a\r\nx\r\n0;b=c\r\n\r\n"), "head POST / a chunked", "data x"),
  accept(
    "several chunk extensions",
    chunkedPost('1;a=b;c;d="e"\r\nx\r\n0\r\n\r\n'),
    "head POST / a chunked",
    "data x",
  ),
  accept(
    "a quoted chunk extension",
    chunkedPost('1;a="b;\\"\\\\ \t\x80"\r\nx\r\n0\r\n\r\n'),
    "head POST / a chunked",
    "data x",
  ),
  accept(
    "an empty quoted chunk extension",
    chunkedPost('1;a=""\r\nx\r\n0\r\n\r\n'),
    "head POST / a chunked",
    "data x",
  ),
  accept(
    "a trailer",
    chunkedPost("1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n"),
    "head POST / a chunked",
    "data a",
    "trailers X-Sum: 1",
  ),
  accept(
    "trailers, odd but legal",
    chunkedPost("0\r\nA:b \r\nC: \t d\r\nA:\r\n\r\n"),
    "head POST / a chunked",
    "trailers A: b | C: d | A: ",
  ),
  accept(
    "a trailer that Connection names is marked and goes no further",
    `${post("Connection: x-a", "Transfer-Encoding: chunked")}0\r\nX-A: 1\r\n\r\n`,
    "head POST / a chunked",
    "trailers X-A: 1",
  ),
  accept(
    "Trailer announces",
    `${post("Trailer: X-Sum", "Transfer-Encoding: chunked")}0\r\nX-Sum: 1\r\n\r\n`,
    "head POST / a chunked",
    "trailers X-Sum: 1",
  ),

  // Expect (RFC 9110 section 10.1.1).
  accept(
    "Expect: 100-continue",
    `${post("Expect: 100-continue", "Content-Length: 1")}x`,
    "head POST / a length=1 expect",
    "data x",
  ),
  accept(
    "Expect in capitals",
    `${post("EXPECT: 100-CONTINUE", "Content-Length: 1")}x`,
    "head POST / a length=1 expect",
    "data x",
  ),
  accept(
    "Expect with a chunked body",
    `${post("Expect: 100-continue", "Transfer-Encoding: chunked")}0\r\n\r\n`,
    "head POST / a chunked expect",
  ),
  accept("Expect without a body expects nothing", get("Expect: 100-continue"), "head GET / a"),
  accept(
    "Expect with an empty body expects nothing",
    post("Expect: 100-continue", "Content-Length: 0"),
    "head POST / a length=0",
  ),
  accept(
    "Expect of HTTP/1.0 is ignored",
    `${head("POST / HTTP/1.0", "Content-Length: 1", "Expect: 100-continue")}x`,
    "head POST / (none) 1.0 length=1 close",
    "data x",
  ),

  // Upgrade (RFC 9110 section 7.8) and TE (section 10.1.4).
  accept("an upgrade", get("Connection: Upgrade", "Upgrade: websocket"), "head GET / a upgrade"),
  accept("an upgrade to a version", get("Connection: upgrade", "Upgrade: irc/6.9"), "head GET / a upgrade"),
  accept("a choice of upgrades", get("Connection: upgrade", "Upgrade: a/1, b"), "head GET / a upgrade"),
  accept("Upgrade that Connection does not name", get("Upgrade: websocket"), "head GET / a"),
  accept("Connection: upgrade without Upgrade", get("Connection: upgrade"), "head GET / a"),
  accept(
    "Upgrade of HTTP/1.0 is ignored",
    head("GET / HTTP/1.0", "Connection: upgrade", "Upgrade: websocket"),
    "head GET / (none) 1.0 close",
  ),
  accept(
    "Upgrade of a request with a body is ignored",
    `${post("Connection: upgrade", "Upgrade: websocket", "Content-Length: 1")}x`,
    "head POST / a length=1",
    "data x",
  ),
  ...["h2c", "H2C", "h2", "HTTP/2.0", "TLS/1.0", "websocket, h2c", "h2c,websocket"].map((protocols) =>
    accept(
      `Upgrade to ${protocols} is ignored`,
      get("Connection: upgrade, http2-settings", `Upgrade: ${protocols}`, "HTTP2-Settings: AAA"),
      "head GET / a",
    ),
  ),
  accept("an empty Upgrade is ignored", get("Connection: upgrade", "Upgrade:"), "head GET / a"),
  accept("a malformed Upgrade is ignored", get("Connection: upgrade", "Upgrade: web socket"), "head GET / a"),
  accept("two Upgrades are ignored", get("Connection: upgrade", "Upgrade: a", "Upgrade: b"), "head GET / a"),
  accept("TE: trailers", get("Connection: TE", "TE: trailers"), "head GET / a te"),
  accept("TE among other codings", get("TE: gzip;q=0.5, Trailers", "Connection: te"), "head GET / a te"),
  accept("TE that Connection does not name", get("TE: trailers"), "head GET / a"),

  // Max-Forwards (RFC 9110 section 7.6.2).
  accept(
    "Max-Forwards of OPTIONS",
    head("OPTIONS * HTTP/1.1", "Host: a", "Max-Forwards: 007"),
    "head OPTIONS * a",
  ),
  accept("Max-Forwards of GET means nothing", get("Max-Forwards: x"), "head GET / a"),

  // Pipelining (RFC 9112 section 9.3.2).
  pipelined("two requests", get() + start("HEAD /2 HTTP/1.1"), [
    "head GET / a",
    "end",
    "head HEAD /2 a",
    "end",
  ]),
  pipelined("an empty line between two requests", `${post("Content-Length: 1")}x\r\n${get()}`, [
    "head POST / a length=1",
    "data x",
    "end",
    "head GET / a",
    "end",
  ]),
  pipelined("a chunked body, then a request", chunkedPost("0\r\n\r\n") + get(), [
    "head POST / a chunked",
    "end",
    "head GET / a",
    "end",
  ]),
  pipelined(
    "flags of one request do not reach the next",
    get("Connection: upgrade, te, close", "Upgrade: x", "TE: trailers") + get(),
    ["head GET / a close upgrade te", "end", "head GET / a", "end"],
  ),
  pipelined(
    "trailers of one request do not reach the next",
    chunkedPost("0\r\nA: 1\r\n\r\n") + chunkedPost("0\r\nB: 2\r\n\r\n"),
    ["head POST / a chunked", "trailers A: 1", "end", "head POST / a chunked", "trailers B: 2", "end"],
  ),
  pipelined(
    "three requests of three kinds",
    `${get() + post("Content-Length: 2")}ab${chunkedPost("1\r\nc\r\n0\r\n\r\n")}`,
    [
      "head GET / a",
      "end",
      "head POST / a length=2",
      "data ab",
      "end",
      "head POST / a chunked",
      "data c",
      "end",
    ],
  ),
];

function accept(name: string, bytes: string, ...events: readonly string[]): RequestCase {
  return { name, bytes, events: [...events, "end"] };
}

function pipelined(name: string, bytes: string, events: readonly string[]): RequestCase {
  return { name, bytes, events };
}
