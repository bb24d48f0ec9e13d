/**
 * What the fuzzer and the property tests found, now or when a fault was put in on purpose, as short as it could be made.
 * Add a find here, with its pieces if the way it was cut matters.
 */
import type { RequestCase, ResponseCase } from "./feed-cases.ts";
import { chunkedPost, get, head } from "./messages.ts";

export const PINNED_REQUESTS: readonly RequestCase[] = [
  {
    name: "a trailer whose first byte begins a new chunk, behind a head that waited",
    bytes: chunkedPost("0\r\nA\r\n"),
    events: ["head POST / a chunked", "fault fieldName"],
    pieces: [24, 5, 26, 1, 1, 2, 3],
  },
  {
    name: "a field that is cut while a request before it is still in the buffer",
    bytes: "GET http://a/ HTTP/1.0\r\n\r\n\r\nHost: b",
    events: ["head GET / a 1.0 absolute close", "end", "fault method"],
    pieces: [1, 1, 15, 3, 1, 1, 3, 1, 6, 3],
  },
  {
    name: "a second head that is moved to another buffer",
    bytes: get() + head("OPTIONS http://a?x HTTP/1.1", "X: y", "Host: a"),
    events: ["head GET / a", "end", "head OPTIONS ?x a absolute", "end"],
    pieces: [30, 1, 5, 20],
  },
  {
    name: "a version that ends with the chunk",
    bytes: "GET / HTTP/1.1\r\nHost:a\r\n\r\nG / TTP/1\r\n",
    events: ["head GET / a", "end", "fault version"],
    pieces: [26, 6, 5, 1],
  },
];

export const PINNED_RESPONSES: readonly ResponseCase[] = [
  {
    name: "a final answer shorter than the interim one before it, each in its own chunk",
    bytes: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    events: ["head 100 Continue", "head 200 OK untilClose close", "end"],
    pieces: [25],
    fin: true,
  },
];
