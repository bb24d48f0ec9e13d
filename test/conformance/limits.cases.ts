/** Each limit at its last allowed byte and at the first that is not (see CodecLimits). */
import type { RequestCase, ResponseCase } from "./feed-cases.ts";
import { chunkedOk, chunkedPost, get, head, ok } from "./messages.ts";

/** `GET / HTTP/1.1` and its line end. */
const LINE_BYTES = 16;
const HEAD_BYTES = get("X: y").length;

export const REQUEST_LIMITS: readonly RequestCase[] = [
  row("a request line as long as may be", { lineBytes: LINE_BYTES }, get(), "head GET / a", "end"),
  row("a request line too long by one", { lineBytes: LINE_BYTES - 1 }, get(), "fault limit.line_bytes"),
  row("a request line that never ends", { lineBytes: 64 }, "GET /".padEnd(65, "x"), "fault limit.line_bytes"),
  row("a request line that may still end", { lineBytes: 64 }, "GET /".padEnd(64, "x")),
  row("a method that never ends", { lineBytes: 64 }, "G".repeat(65), "fault limit.line_bytes"),
  row(
    "the leading empty line is not counted",
    { lineBytes: LINE_BYTES, headBytes: HEAD_BYTES },
    `\r\n${get("X: y")}`,
    "head GET / a",
    "end",
  ),
  row("a fault before the limit is a fault", { lineBytes: 64 }, `GET /\0${"x".repeat(64)}`, "fault target"),
  row(
    "a fault behind the limit is not seen",
    { lineBytes: 64 },
    `GET /${"x".repeat(64)}\0`,
    "fault limit.line_bytes",
  ),
  row("a head as large as may be", { headBytes: HEAD_BYTES }, get("X: y"), "head GET / a", "end"),
  row("a head too large by one", { headBytes: HEAD_BYTES - 1 }, get("X: y"), "fault limit.head_bytes"),
  row(
    "a head too large by its empty line",
    { headBytes: HEAD_BYTES - 2 },
    get("X: y"),
    "fault limit.head_bytes",
  ),
  row(
    "a value that never ends",
    { headBytes: 64 },
    "GET / HTTP/1.1\r\nX: ".padEnd(65, "y"),
    "fault limit.head_bytes",
  ),
  row("a value that may still end", { headBytes: 64 }, "GET / HTTP/1.1\r\nX: ".padEnd(64, "y")),
  row(
    "a name that never ends",
    { headBytes: 64 },
    "GET / HTTP/1.1\r\n".padEnd(65, "y"),
    "fault limit.head_bytes",
  ),
  row(
    "white space that never ends",
    { headBytes: 64 },
    "GET / HTTP/1.1\r\nX:".padEnd(65, " "),
    "fault limit.head_bytes",
  ),
  row("a head limit below the line's", { headBytes: 15, lineBytes: 64 }, get(), "fault limit.head_bytes"),
  row(
    "a fault behind the head's limit is not seen",
    { headBytes: 64 },
    `${"GET / HTTP/1.1\r\nX: ".padEnd(64, "y")}\0`,
    "fault limit.head_bytes",
  ),
  row(
    "each head is counted anew",
    { headBytes: HEAD_BYTES },
    get("X: y") + get("X: z"),
    "head GET / a",
    "end",
    "head GET / a",
    "end",
  ),
  row("as many fields as may be", { fieldCount: 3 }, get("A: 1", "B: 2"), "head GET / a", "end"),
  row("one field too many", { fieldCount: 2 }, get("A: 1", "B: 2"), "fault limit.field_count"),
  row(
    "more fields than the first table holds",
    { fieldCount: 100 },
    get(...Array.from({ length: 99 }, (_, n) => `A: ${n}`)),
    "head GET / a",
    "end",
  ),
  body(
    "chunk extensions as many as may be",
    { chunkExtensionBytes: 6 },
    "1;a=b\r\nx\r\n0;c\r\n\r\n",
    "data x",
    "end",
  ),
  body(
    "a chunk extension too long by one",
    { chunkExtensionBytes: 3 },
    "1;a=b\r\nx\r\n",
    "fault chunkExtensionBytes",
  ),
  body(
    "chunk extensions too many by one in all",
    { chunkExtensionBytes: 5 },
    "1;a=b\r\nx\r\n0;c\r\n\r\n",
    "data x",
    "fault chunkExtensionBytes",
  ),
  body(
    "a chunk extension that never ends",
    { chunkExtensionBytes: 8 },
    `1;${"a".repeat(8)}`,
    "fault chunkExtensionBytes",
  ),
  body("a chunk extension that may still end", { chunkExtensionBytes: 8 }, `1;${"a".repeat(7)}`),
  body(
    "a quoted extension that never ends",
    { chunkExtensionBytes: 8 },
    `1;a="${"a".repeat(8)}`,
    "fault chunkExtensionBytes",
  ),
  body(
    "no chunk extension at all, none allowed",
    { chunkExtensionBytes: 0 },
    "1\r\nx\r\n0\r\n\r\n",
    "data x",
    "end",
  ),
  body(
    "a chunk extension where none is allowed",
    { chunkExtensionBytes: 0 },
    "1;a\r\n",
    "fault chunkExtensionBytes",
  ),
  body(
    "trailers as large as may be",
    { headBytes: 64 },
    `0\r\nA: ${"b".repeat(64 - 7)}\r\n\r\n`,
    `trailers A: ${"b".repeat(64 - 7)}`,
    "end",
  ),
  body(
    "trailers too large by one",
    { headBytes: 64 },
    `0\r\nA: ${"b".repeat(64 - 6)}\r\n\r\n`,
    "fault limit.head_bytes",
  ),
  body("trailers that never end", { headBytes: 64 }, `0\r\nA: ${"b".repeat(64)}`, "fault limit.head_bytes"),
  body(
    "as many trailers as may be",
    { fieldCount: 2 },
    "0\r\nA: 1\r\nB: 2\r\n\r\n",
    "trailers A: 1 | B: 2",
    "end",
  ),
  body(
    "one trailer too many",
    { fieldCount: 2 },
    "0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n",
    "fault limit.field_count",
  ),
];

const ANSWER_BYTES = ok("Content-Length: 0").length;

export const RESPONSE_LIMITS: readonly ResponseCase[] = [
  row(
    "an answer's head as large as may be",
    { headBytes: ANSWER_BYTES },
    ok("Content-Length: 0"),
    "head 200 OK length=0",
    "end",
  ),
  row(
    "an answer's head too large by one",
    { headBytes: ANSWER_BYTES - 1 },
    ok("Content-Length: 0"),
    "fault headTooLarge",
  ),
  row("a reason that never ends", { headBytes: 64 }, "HTTP/1.1 200 ".padEnd(65, "x"), "fault headTooLarge"),
  row("a reason that may still end", { headBytes: 64 }, "HTTP/1.1 200 ".padEnd(64, "x")),
  row(
    "an answer with as many fields as may be",
    { fieldCount: 2 },
    ok("Content-Length: 0", "A: 1"),
    "head 200 OK length=0",
    "end",
  ),
  row(
    "an answer with one field too many",
    { fieldCount: 1 },
    ok("Content-Length: 0", "A: 1"),
    "fault headTooLarge",
  ),
  row(
    "interim heads are counted each for itself",
    { headBytes: 40 },
    `${head("HTTP/1.1 100 Continue").repeat(3)}${head("HTTP/1.1 204 No Content")}`,
    "head 100 Continue",
    "head 100 Continue",
    "head 100 Continue",
    "head 204 No Content",
    "end",
  ),
  row(
    "as many interim answers as may be",
    {},
    `${head("HTTP/1.1 103 x").repeat(32)}${head("HTTP/1.1 204 x")}`,
    ...Array.from({ length: 32 }, () => "head 103 x"),
    "head 204 x",
    "end",
  ),
  row(
    "one interim answer too many",
    {},
    head("HTTP/1.1 103 x").repeat(33),
    ...Array.from({ length: 32 }, () => "head 103 x"),
    "fault informational",
  ),
  row(
    "chunk extensions of an answer",
    { chunkExtensionBytes: 3 },
    chunkedOk("1;a=b\r\n"),
    "head 200 OK chunked",
    "fault chunkExtensionBytes",
  ),
  row(
    "trailers of an answer too large",
    { headBytes: 64 },
    chunkedOk(`0\r\nA: ${"b".repeat(64)}`),
    "head 200 OK chunked",
    "fault headTooLarge",
  ),
  row(
    "too many trailers of an answer",
    { fieldCount: 1 },
    chunkedOk("0\r\nA: 1\r\nB: 2\r\n\r\n"),
    "head 200 OK chunked",
    "fault headTooLarge",
  ),
];

function row(
  name: string,
  limits: NonNullable<RequestCase["limits"]>,
  bytes: string,
  ...events: readonly string[]
): RequestCase {
  return { name, bytes, events, limits };
}

function body(
  name: string,
  limits: NonNullable<RequestCase["limits"]>,
  bytes: string,
  ...events: readonly string[]
): RequestCase {
  return row(
    name,
    { ...limits, headBytes: Math.max(limits.headBytes ?? 0, 64) },
    chunkedPost(bytes),
    "head POST / a chunked",
    ...events,
  );
}
