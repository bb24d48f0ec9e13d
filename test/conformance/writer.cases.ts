/** What goes on for what came in, to the byte: the fields that end here, the ones we add, the framing of each hop. */

export interface WriterCase {
  readonly name: string;
  readonly bytes: string;
  readonly written: string;
  readonly trusted?: boolean;
  /** The minor version of the client that an answer goes to. */
  readonly clientVersion?: number;
  readonly method?: string;
}

/** What we tell upstreams of an untrusted client, behind the fields that are kept. */
const OF_CLIENT = forwarded("192.0.2.1", "a");

export const WRITTEN_REQUESTS: readonly WriterCase[] = [
  row(
    "a plain request",
    "GET /x?y HTTP/1.1\r\nHost: a\r\n\r\n",
    `GET /x?y HTTP/1.1\r\nHost: a\r\n${OF_CLIENT}`,
  ),
  row("one of HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", `GET / HTTP/1.1\r\nHost: a\r\n${OF_CLIENT}`),
  row(
    "one of HTTP/1.0 without Host",
    "GET / HTTP/1.0\r\n\r\n",
    `GET / HTTP/1.1\r\nHost: fallback.example:1\r\n${forwarded("192.0.2.1", null)}`,
  ),
  row(
    "white space is put right",
    "GET / HTTP/1.1\r\nHost:a\r\nA:\t b \r\nC:\r\n\r\n",
    `GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC: \r\n${OF_CLIENT}`,
  ),
  row(
    "an absolute target becomes a path, and its authority Host",
    "GET http://a:80?x HTTP/1.1\r\nHost: A\r\nB: c\r\n\r\n",
    `GET /?x HTTP/1.1\r\nB: c\r\nHost: a:80\r\n${forwarded("192.0.2.1", "a:80")}`,
  ),
  row("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", `OPTIONS * HTTP/1.1\r\nHost: a\r\n${OF_CLIENT}`),
  row(
    "OPTIONS of a whole server in absolute form",
    "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n",
    `OPTIONS * HTTP/1.1\r\nHost: a\r\n${OF_CLIENT}`,
  ),
  row(
    "OPTIONS of a server's root in absolute form",
    "OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    `OPTIONS / HTTP/1.1\r\nHost: a\r\n${OF_CLIENT}`,
  ),
  row(
    "OPTIONS with forwards left",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 07\r\n\r\n",
    `OPTIONS * HTTP/1.1\r\nHost: a\r\n${OF_CLIENT.slice(0, -2)}Max-Forwards: 6\r\n\r\n`,
  ),
  row(
    "fields of this hop, and those that Connection names",
    "GET / HTTP/1.1\r\nConnection: x-a, close\r\nX-A: 1\r\nHost: a\r\nX-B: 2\r\nKeep-Alive: 3\r\nTE: gzip\r\nClose: 4\r\nUpgrade: y\r\nProxy-Authorization: z\r\n\r\n",
    `GET / HTTP/1.1\r\nHost: a\r\nX-B: 2\r\n${OF_CLIENT}`,
  ),
  row(
    "what an untrusted client says of itself",
    "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1\r\nX-Forwarded-Host: b\r\nX-Forwarded-Ssl: on\r\nX_Forwarded_For: 2\r\nForwarded: for=3\r\nX-Real-IP: 4\r\nX-Request-Id: 5\r\n\r\n",
    `GET / HTTP/1.1\r\nHost: a\r\n${OF_CLIENT}`,
  ),
  {
    ...row(
      "what a trusted proxy says of its client",
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1, 2\r\nX-Forwarded-For: 3\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\nX-Forwarded-Ssl: on\r\nX_Forwarded_For: 4\r\n\r\n",
      `GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Ssl: on\r\n${forwarded("1, 2, 3, 192.0.2.2", "b").replace("Proto: http", "Proto: https")}`,
    ),
    trusted: true,
  },
  row(
    "an upgrade",
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: k\r\n\r\n",
    `GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: k\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n${OF_CLIENT}`,
  ),
  row(
    "an upgrade that is not passed on",
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAA\r\n\r\n",
    `GET / HTTP/1.1\r\nHost: a\r\n${OF_CLIENT}`,
  ),
  row(
    "a client that takes trailers",
    "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers, deflate\r\nConnection: TE\r\n\r\n",
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nTE: trailers\r\n${OF_CLIENT}`,
  ),
  row(
    "a body by length, its leading zeros gone",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc",
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n${OF_CLIENT}abc`,
  ),
  row(
    "an empty body by length",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 000\r\n\r\n",
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n${OF_CLIENT}`,
  ),
  row(
    "a chunked body, its extensions gone",
    "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\nHost: a\r\n\r\n00A;b=c\r\n0123456789\r\n0;d\r\n\r\n",
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${OF_CLIENT}a\r\n0123456789\r\n0\r\n\r\n`,
  ),
  row(
    "trailers, without those that vouch or end here",
    "POST / HTTP/1.1\r\nHost: a\r\nTrailer: A\r\nConnection: b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA:1\r\nB: 2\r\nX-Forwarded-For: 3\r\nX_Real_Ip: 4\r\n\r\n",
    `POST / HTTP/1.1\r\nHost: a\r\nTrailer: A\r\nTransfer-Encoding: chunked\r\n${OF_CLIENT}0\r\nA: 1\r\n\r\n`,
  ),
  row(
    "Expect of a request with a body",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
    `POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n${OF_CLIENT}x`,
  ),
  row(
    "Expect without a body",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
    `POST / HTTP/1.1\r\nHost: a\r\n${OF_CLIENT}`,
  ),
  row(
    "Expect of HTTP/1.0",
    "POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n${OF_CLIENT}x`,
  ),
];

export const WRITTEN_RESPONSES: readonly WriterCase[] = [
  row(
    "a plain answer",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: b\r\n\r\nx",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: b\r\n\r\nx",
  ),
  row(
    "an answer without a reason",
    "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
  ),
  row(
    "an answer of HTTP/1.0",
    "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
  ),
  row(
    "fields of this hop, and those that Connection names",
    "HTTP/1.1 200 OK\r\nConnection: x-a\r\nX-A: 1\r\nKeep-Alive: 2\r\nProxy-Authenticate: 3\r\nContent-Length: 0\r\nUpgrade: h2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  ),
  row(
    "an answer that ends with the connection",
    "HTTP/1.1 200 OK\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
  ),
  {
    ...row(
      "a chunked answer for a client of HTTP/1.0",
      "HTTP/1.1 200 OK\r\nTrailer: A\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: 1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc",
    ),
    clientVersion: 0,
  },
  row(
    "a chunked answer with trailers",
    "HTTP/1.1 200 OK\r\nTrailer: A\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\nA: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTrailer: A\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: 1\r\n\r\n",
  ),
  row(
    "204 says no length",
    "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nA: b\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n",
  ),
  row(
    "304 says what GET would",
    "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n",
  ),
  {
    ...row(
      "so does HEAD",
      "HTTP/1.1 200 x\r\nContent-Length: 5\r\n\r\n",
      "HTTP/1.1 200 x\r\nContent-Length: 5\r\n\r\n",
    ),
    method: "HEAD",
  },
  row(
    "interim answers, without a length or a say on the connection",
    "HTTP/1.1 103 Early Hints\r\nLink: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 x\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 204 x\r\n\r\n",
  ),
  row(
    "101",
    "HTTP/1.1 101 x\r\nConnection: Upgrade, y\r\nUpgrade: websocket\r\nY: 1\r\nSec-WebSocket-Accept: k\r\n\r\n",
    "HTTP/1.1 101 x\r\nSec-WebSocket-Accept: k\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
  ),
  row(
    "426 says to what to upgrade",
    "HTTP/1.1 426 x\r\nConnection: upgrade\r\nUpgrade: a/1\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 426 x\r\nContent-Length: 0\r\nConnection: upgrade\r\nUpgrade: a/1\r\n\r\n",
  ),
  row(
    "names with low lines are just names",
    "HTTP/1.1 200 x\r\nX_Forwarded_For: 1\r\nContent_Length: 2\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 x\r\nX_Forwarded_For: 1\r\nContent_Length: 2\r\nContent-Length: 0\r\n\r\n",
  ),
];

function row(name: string, bytes: string, written: string): WriterCase {
  return { name, bytes, written };
}

/** The end of a request's head. */
function forwarded(address: string, host: string | null): string {
  const hostLine = host === null ? "" : `X-Forwarded-Host: ${host}\r\n`;
  const id = "0123456789abcdef0000000100000002";
  return `X-Forwarded-For: ${address}\r\nX-Forwarded-Proto: http\r\n${hostLine}X-Request-Id: ${id}\r\n\r\n`;
}
