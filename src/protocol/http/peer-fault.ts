/**
 * Every way in which a peer can break the rules of HTTP, each with its own name: logs, error bodies and
 * tests speak of `contentLengthAndTransferEncoding`, never of "bad request". Requests and answers share the list;
 * a limit that was exceeded is no fault but a `LimitFault`. docs/http1.md has the same words; a test compares them.
 */
export const PEER_FAULTS = {
  base64: "the body of a call of gRPC-Web is no base64 (PROTOCOL-WEB of gRPC)",
  requestLine: "the request line is not `method SP target SP version` (RFC 9112 section 3)",
  method: "the method is not a token (RFC 9110 section 9.1)",
  target: "the target has a byte that no URI has (RFC 3986 section 2), or the path a backslash",
  targetForm: "the target's form does not fit the method (RFC 9112 section 3.2)",
  targetScheme: "the absolute target is neither http nor https (RFC 9110 section 4.2)",
  userinfo: "the target carries userinfo (RFC 9110 section 4.2.4)",
  pathEscape: "the path has a malformed or forbidden percent-escape (RFC 3986 section 2.1)",
  notHttp: "three words, of which neither the target nor the version is HTTP's (RFC 9112 section 3)",
  version: "the version is not `HTTP/digit.digit` (RFC 9112 section 2.3)",
  statusLine: "the status line is not `version SP three digits SP reason` (RFC 9112 section 4)",
  statusCode: "the status code is not within 100 to 599 (RFC 9110 section 15)",
  bareCr: "a CR without its LF (RFC 9112 section 2.2)",
  bareLf: "an LF without its CR (RFC 9112 section 2.2)",
  leadingLines: "more than one empty line before the request line (RFC 9112 section 2.2)",
  obsFold: "a folded field line (RFC 9112 section 5.2)",
  fieldName: "a field name is empty or no token, or has white space before its colon (RFC 9112 section 5.1)",
  fieldValue: "a field value has a control byte (RFC 9110 section 5.5)",
  fieldAlias: "a field name that a CGI-style upstream would read as another (underscore for hyphen)",
  hostMissing: "an HTTP/1.1 request without Host (RFC 9112 section 3.2)",
  hostRepeated: "more than one Host (RFC 9112 section 3.2)",
  host: "Host, or the authority of the target, is empty or not `host[:port]` (RFC 9110 section 7.2)",
  hostMismatch: "Host disagrees with the absolute target (RFC 9112 section 3.2.2)",
  contentLength: "Content-Length is not one decimal number (RFC 9110 section 8.6)",
  contentLengthRepeated: "more than one Content-Length (RFC 9112 section 6.3)",
  contentLengthOverflow: "Content-Length is beyond 2^53 (RFC 9112 section 6.3)",
  contentLengthAndTransferEncoding: "both Content-Length and Transfer-Encoding (RFC 9112 section 6.3)",
  transferEncoding: "Transfer-Encoding is not exactly one `chunked` (RFC 9112 section 6.1)",
  transferEncodingRepeated: "more than one Transfer-Encoding (RFC 9112 section 6.1)",
  transferEncodingVersion: "Transfer-Encoding in an HTTP/1.0 message (RFC 9112 section 6.1)",
  transferEncodingStatus: "Transfer-Encoding in a 1xx or 204 answer (RFC 9112 section 6.1)",
  connection: "Connection is not a list of at most 32 tokens (RFC 9110 section 7.6.1)",
  maxForwards: "Max-Forwards of an OPTIONS request is not one decimal number (RFC 9110 section 7.6.2)",
  chunkSize: "a chunk size is not hexadecimal, or white space stands beside it (RFC 9112 section 7.1)",
  chunkSizeOverflow: "a chunk size is beyond 2^53, or has more than 16 digits (RFC 9112 section 7.1)",
  chunkExtension: "a chunk extension is not `;name[=value]` (RFC 9112 section 7.1.1)",
  chunkExtensionBytes: "more chunk extensions than limits.chunk_extensions (RFC 9112 section 7.1.1)",
  chunkEnd: "a chunk is longer than its size says (RFC 9112 section 7.1)",
  trailerField: "a trailer field that may not be one (RFC 9110 section 6.5.1)",
  truncated: "the message ends before its framing says so (RFC 9112 section 8)",
  unexpectedUpgrade: "101 without a request to upgrade, or to another protocol (RFC 9110 section 7.8)",
  headTooLarge: "the head of the answer is larger than limits.head or has more than limits.fields fields",
  informational: "more than 32 interim answers to one request (RFC 9110 section 15.2)",
} as const satisfies Record<string, string>;

export type PeerFault = keyof typeof PEER_FAULTS;

/** A limit that the peer exceeded; the names are the endings of the `limit.*` error codes. */
export type LimitFault = "head_bytes" | "field_count" | "line_bytes";
