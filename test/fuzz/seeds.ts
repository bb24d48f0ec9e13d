/** What the fuzzer starts from: every row of the conformance tables, legal or not, as bytes. */
import { REQUEST_LIMITS, RESPONSE_LIMITS } from "../conformance/limits.cases.ts";
import { PINNED_REQUESTS, PINNED_RESPONSES } from "../conformance/pinned.cases.ts";
import { ACCEPTED_REQUESTS } from "../conformance/request-accepted.cases.ts";
import { REFUSED_BODIES } from "../conformance/request-body.cases.ts";
import { REFUSED_REQUESTS } from "../conformance/request-refused.cases.ts";
import { ACCEPTED_RESPONSES, REFUSED_RESPONSES } from "../conformance/response.cases.ts";

/** Legal ones thrice, so that half of what is made of them gets past the head. */
export const REQUEST_SEEDS: readonly string[] = [
  ...ACCEPTED_REQUESTS,
  ...ACCEPTED_REQUESTS,
  ...ACCEPTED_REQUESTS,
  ...REFUSED_REQUESTS,
  ...REFUSED_BODIES,
  ...REQUEST_LIMITS,
  ...PINNED_REQUESTS,
].map((row) => row.bytes);

export const RESPONSE_SEEDS: readonly string[] = [
  ...ACCEPTED_RESPONSES,
  ...ACCEPTED_RESPONSES,
  ...ACCEPTED_RESPONSES,
  ...REFUSED_RESPONSES,
  ...RESPONSE_LIMITS,
  ...PINNED_RESPONSES,
].map((row) => row.bytes);

/** Pieces that mean something somewhere. */
export const DICTIONARY: readonly string[] = [
  ...'\r\n\t :;,="\\/?#*@[]%_-+.0159afzAF\0\x01\x0b\x0c\x7f\x80\x85\xa0\xff',
  "\r\n",
  "\r\n\r\n",
  "\n\n",
  "\r\n ",
  "\r\n\t",
  ": ",
  " :",
  "chunked",
  "identity",
  "close",
  "keep-alive",
  "upgrade",
  "websocket",
  "h2c",
  "trailers",
  "100-continue",
  "0\r\n\r\n",
  "1\r\nx\r\n",
  "ffffffffffffffff",
  "9007199254740992",
  "00000000000000000",
  ";a=b",
  ';a="b"',
  "HTTP/1.1",
  "HTTP/1.0",
  "HTTP/2.0",
  "http://",
  "https://a",
  "GET / HTTP/1.1\r\n",
  "POST / HTTP/1.1\r\n",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 101 x\r\n",
  "HTTP/1.1 204 x\r\n",
  "Host: a\r\n",
  "Host: b\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 0\r\n",
  "Content_Length: 5\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer_Encoding: chunked\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive, x\r\n",
  "Connection: transfer-encoding\r\n",
  "Connection: upgrade\r\n",
  "Upgrade: a\r\n",
  "TE: trailers\r\n",
  "Trailer: x\r\n",
  "Expect: 100-continue\r\n",
  "Max-Forwards: 1\r\n",
  "X-Forwarded-For: 1.2.3.4\r\n",
  "X_Forwarded_For: 1.2.3.4\r\n",
];
