/** Answers that two readers could read in two ways: a 502 with the rule, or a break when it comes too late for one. */
import type { PeerFault } from "../../../src/protocol/http/peer-fault.ts";
import { type FaultCase, fault } from "./fault-case.ts";
import { GET } from "./fault-scene.ts";

type Row = readonly [rule: PeerFault, answer: string];

const ok = (fields: string, body = ""): string => `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`;
const chunked = (body: string): string => ok("Transfer-Encoding: chunked\r\n", body);

const HEADS: readonly Row[] = [
  ["version", "HTTP/2 200 OK\r\n\r\n"],
  ["version", "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n"],
  ["version", "ICY 200 OK\r\n\r\n"],
  ["version", "http/1.1 200 OK\r\n\r\n"],
  ["version", "GET / HTTP/1.1\r\n\r\n"],
  ["version", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
  ["statusCode", "HTTP/1.1  200 OK\r\n\r\n"],
  ["statusLine", "HTTP/1.1\t200 OK\r\n\r\n"],
  ["statusLine", "HTTP/1.1 2000 OK\r\n\r\n"],
  ["statusLine", "HTTP/1.1 200\tOK\r\n\r\n"],
  ["statusLine", "HTTP/1.1 200 O\0K\r\n\r\n"],
  ["statusCode", "HTTP/1.1 20 OK\r\n\r\n"],
  ["statusCode", "HTTP/1.1 +20 OK\r\n\r\n"],
  ["statusCode", "HTTP/1.1 099 OK\r\n\r\n"],
  ["statusCode", "HTTP/1.1 600 OK\r\n\r\n"],
  ["bareLf", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"],
  ["bareCr", "HTTP/1.1 200 OK\rContent-Length: 0\r\n\r\n"],
  ["bareLf", ok("Content-Length: 0\n")],
  ["bareCr", ok("Content-Length: 0\rX: y\r\n")],
  ["bareLf", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n"],
  ["obsFold", ok("Content-Length: 0\r\nX: a\r\n b\r\n")],
  ["obsFold", ok(" Content-Length: 0\r\n")],
  ["fieldName", ok("Content-Length : 0\r\n")],
  ["fieldName", ok(": 0\r\n")],
  ["fieldName", ok("Content-Length\r\n")],
  ["fieldName", ok("Content\0Length: 0\r\n")],
  ["fieldValue", ok("Content-Length: 0\r\nX: a\0b\r\n")],
  ["fieldValue", ok("Content-Length: 0\r\nX: a\x7fb\r\n")],
  ["contentLength", ok("Content-Length: +2\r\n", "ok")],
  ["contentLength", ok("Content-Length: -2\r\n", "ok")],
  ["contentLength", ok("Content-Length: 0x2\r\n", "ok")],
  ["contentLength", ok("Content-Length: 2, 2\r\n", "ok")],
  ["contentLength", ok("Content-Length: 2 2\r\n", "ok")],
  ["contentLength", ok("Content-Length: 2.0\r\n", "ok")],
  ["contentLength", ok("Content-Length:\r\n", "ok")],
  ["contentLength", ok("Content-Length: 2;\r\n", "ok")],
  ["contentLengthOverflow", ok("Content-Length: 99999999999999999999\r\n", "ok")],
  ["contentLengthRepeated", ok("Content-Length: 2\r\nContent-Length: 2\r\n", "ok")],
  ["contentLengthRepeated", ok("Content-Length: 2\r\nContent-Length: 3\r\n", "ok")],
  [
    "contentLengthAndTransferEncoding",
    ok("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
  ],
  [
    "contentLengthAndTransferEncoding",
    ok("Transfer-Encoding: chunked\r\ncontent-length: 2\r\n", "0\r\n\r\n"),
  ],
  ["transferEncoding", ok("Transfer-Encoding: gzip\r\n", "x")],
  ["transferEncoding", ok("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")],
  ["transferEncoding", ok("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")],
  ["transferEncoding", ok("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")],
  ["transferEncoding", ok("Transfer-Encoding: identity\r\n", "0\r\n\r\n")],
  ["transferEncoding", ok("Transfer-Encoding:\tchunked\r\n", "0\r\n\r\n")],
  ["transferEncoding", ok("Transfer-Encoding: chunked \r\n", "0\r\n\r\n")],
  [
    "transferEncodingRepeated",
    ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
  ],
  ["transferEncodingVersion", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["transferEncodingStatus", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["transferEncodingStatus", "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["connection", ok("Connection: a b\r\nContent-Length: 0\r\n")],
  ["unexpectedUpgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"],
  ["headTooLarge", ok(`X: ${"a".repeat(40_000)}\r\n`)],
  ["headTooLarge", ok(`X: ${"a".repeat(40_000)}`).trimEnd()],
  ["headTooLarge", ok("X: y\r\n".repeat(101))],
  ["informational", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(33)],
];

/** The head has been passed on by the time the fault is met. */
const BODIES: readonly Row[] = [
  ["chunkSize", chunked("zz\r\nhalf")],
  ["chunkSize", chunked("-4\r\nhalf")],
  ["chunkSize", chunked("+4\r\nhalf")],
  ["chunkSize", chunked("4 \r\nhalf")],
  ["chunkSize", chunked(" 4\r\nhalf")],
  ["chunkSize", chunked("0x4\r\nhalf")],
  ["chunkSize", chunked("\r\n4\r\nhalf")],
  ["chunkSizeOverflow", chunked("ffffffffffffffff1\r\nhalf")],
  ["chunkSizeOverflow", chunked("20000000000000\r\nhalf")],
  ["chunkExtension", chunked("4;\r\nhalf")],
  ["chunkExtension", chunked("4; a=b\r\nhalf")],
  ["chunkExtension", chunked('4;a="\0"\r\nhalf')],
  ["chunkExtensionBytes", chunked(`4;a=${"b".repeat(5_000)}\r\nhalf`)],
  ["bareLf", chunked("4\nhalf")],
  ["bareCr", chunked("4\rxhalf")],
  ["chunkEnd", chunked("4\r\nhalfX\r\n")],
  ["bareLf", chunked("4\r\nhalf\n")],
  ["bareCr", chunked("4\r\nhalf\rX")],
  ["fieldName", chunked("0\r\nbad trailer: x\r\n\r\n")],
  ["bareLf", chunked("0\r\nX: y\n\r\n")],
  ["trailerField", chunked("0\r\nContent-Length: 4\r\n\r\n")],
  ["trailerField", chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n")],
];

export const MALFORMED_ANSWERS: readonly FaultCase[] = [
  ...HEADS.map((row) => malformed(row, 502)),
  ...BODIES.map((row) => malformed(row, null)),
];

function malformed([rule, answer]: Row, status: 502 | null): FaultCase {
  const start = answer.slice(0, 90) + (answer.length > 90 ? "…" : "");
  return fault(
    "upstream.malformed",
    `${rule} ${JSON.stringify(start)}`,
    {},
    async (scene) => {
      const { client, target } = await scene.exchange(GET);
      target.send(answer);
      await target.closed;
      return client;
    },
    { atTarget: true, rule, status },
  );
}
