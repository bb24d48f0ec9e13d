/**
 * Every way in which a peer can break the rules of HTTP/2, each with its own name, how much of the connection it
 * costs, and what the peer is told. Logs and tests speak of `h2.windowOverflow`. docs/http2.md has the same words;
 * a test compares them.
 */
import { CODE } from "./error-codes.ts";

interface FaultRow {
  readonly scope: "connection" | "stream";
  readonly code: number;
  readonly text: string;
}

export const H2_FAULTS = {
  preface: connection(CODE.protocolError, "the connection does not begin with the preface (9113 3.4)"),
  firstFrame: connection(CODE.protocolError, "the first frame is not SETTINGS (9113 3.4)"),
  frameTooLarge: connection(CODE.frameSizeError, "a frame is larger than SETTINGS_MAX_FRAME_SIZE (9113 4.2)"),
  frameLength: connection(CODE.frameSizeError, "the length of a frame does not fit its type (9113 4.2)"),
  streamZero: connection(CODE.protocolError, "a frame that needs a stream names none (9113 6)"),
  connectionFrame: connection(CODE.protocolError, "SETTINGS, PING or GOAWAY names a stream (9113 6)"),
  streamParity: connection(CODE.protocolError, "a stream has an identifier of the other side's (9113 5.1.1)"),
  streamOrder: connection(
    CODE.protocolError,
    "a stream has a lower identifier than one before it (9113 5.1.1)",
  ),
  idleStream: connection(CODE.protocolError, "a frame for a stream that has not begun (9113 5.1)"),
  closedStream: connection(CODE.streamClosed, "a frame for a stream that is over (9113 5.1)"),
  padding: connection(CODE.protocolError, "padding as long as its frame, or longer (9113 6.1)"),
  continuation: connection(
    CODE.protocolError,
    "CONTINUATION out of place, or not where it must be (9113 6.10)",
  ),
  headerBlock: connection(CODE.compressionError, "a header block is no HPACK (9113 4.3)"),
  headerBlockBytes: connection(
    CODE.enhanceYourCalm,
    "a header block is larger than any that we would decode",
  ),
  continuationFlood: connection(CODE.enhanceYourCalm, "a header block in more frames than anybody needs"),
  pushPromise: connection(CODE.protocolError, "PUSH_PROMISE, which we have disabled (9113 6.6)"),
  settingValue: connection(CODE.protocolError, "a setting has a value that it may not have (9113 6.5.2)"),
  initialWindow: connection(CODE.flowControlError, "SETTINGS_INITIAL_WINDOW_SIZE beyond 2^31-1 (9113 6.5.2)"),
  zeroIncrement: connection(CODE.protocolError, "WINDOW_UPDATE of zero for the connection (9113 6.9)"),
  windowOverflow: connection(CODE.flowControlError, "the connection's window beyond 2^31-1 (9113 6.9.1)"),
  windowExceeded: connection(
    CODE.flowControlError,
    "more DATA than the connection's window allows (9113 6.9)",
  ),
  priorityUpdate: connection(CODE.protocolError, "PRIORITY_UPDATE for no stream of the client's (9218 7.1)"),
  budget: connection(CODE.enhanceYourCalm, "too much that is legal and serves no purpose"),
  headTimeout: connection(CODE.enhanceYourCalm, "a header block did not arrive within timeouts.head"),
  refusedStream: stream(
    CODE.refusedStream,
    "more streams at once than SETTINGS_MAX_CONCURRENT_STREAMS (9113 5.1.2)",
  ),
  streamClosed: stream(CODE.streamClosed, "a frame for a stream that its sender has ended (9113 5.1)"),
  selfDependency: stream(CODE.protocolError, "a stream depends on itself (7540 5.3.1)"),
  priorityLength: stream(CODE.frameSizeError, "PRIORITY is not five bytes long (9113 6.3)"),
  streamZeroIncrement: stream(CODE.protocolError, "WINDOW_UPDATE of zero for a stream (9113 6.9)"),
  streamWindowOverflow: stream(CODE.flowControlError, "a stream's window beyond 2^31-1 (9113 6.9.1)"),
  streamWindowExceeded: stream(CODE.flowControlError, "more DATA than a stream's window allows (9113 6.9)"),
  trailersWithoutEnd: stream(
    CODE.protocolError,
    "a second header block that does not end the stream (9113 8.1)",
  ),
  trailerField: stream(CODE.protocolError, "a trailer field that may not be one (9110 6.5.1)"),
  tunnelHeaders: stream(CODE.protocolError, "HEADERS in a stream that is a tunnel (9113 8.5)"),
  trailersTooLarge: stream(
    CODE.enhanceYourCalm,
    "trailers larger than limits.head, or more than limits.fields",
  ),
  pseudoMissing: stream(CODE.protocolError, "a pseudo-field is missing or empty (9113 8.3)"),
  pseudoRepeated: stream(CODE.protocolError, "a pseudo-field comes twice (9113 8.3)"),
  pseudoOrder: stream(CODE.protocolError, "a pseudo-field behind a field (9113 8.3)"),
  pseudoForeign: stream(CODE.protocolError, "a pseudo-field that does not belong there (9113 8.3)"),
  fieldName: stream(CODE.protocolError, "a field name with an upper-case letter, or no token (9113 8.2)"),
  fieldValue: stream(
    CODE.protocolError,
    "a field value with a control byte or white space around it (9113 8.2.1)",
  ),
  connectionField: stream(CODE.protocolError, "a field that speaks of an HTTP/1.1 connection (9113 8.2.2)"),
  te: stream(CODE.protocolError, "TE is not `trailers` (9113 8.2.2)"),
  method: stream(CODE.protocolError, "the method is not a token (9110 9.1)"),
  scheme: stream(CODE.protocolError, "the scheme is neither http nor https (9113 8.3.1)"),
  path: stream(
    CODE.protocolError,
    "the path has a byte that no path has, or no slash before it (9113 8.3.1)",
  ),
  authority: stream(CODE.protocolError, "Host says something else than `:authority` (9113 8.3.1)"),
  status: stream(CODE.protocolError, "the status is not three digits from 100 to 599 (9113 8.3.2)"),
  contentLength: stream(CODE.protocolError, "Content-Length is not one decimal number (9113 8.1.1)"),
  contentLengthMismatch: stream(CODE.protocolError, "Content-Length and DATA disagree (9113 8.1.1)"),
  informational: stream(CODE.protocolError, "an interim answer that ends the stream, or too many (9113 8.1)"),
  headTooLarge: stream(
    CODE.cancel,
    "the head of the answer is larger than limits.head or has more fields than limits.fields",
  ),
  dataBeforeHead: stream(CODE.protocolError, "DATA before the head of the answer (9113 8.1)"),
  bodyNotAllowed: stream(CODE.protocolError, "DATA in an answer that has no body (9110 6.4.1)"),
} as const satisfies Record<string, FaultRow>;

export type H2Fault = keyof typeof H2_FAULTS;

/** As logs have it. */
export type H2Rule = `h2.${H2Fault}`;

export function ruleOf(fault: H2Fault): H2Rule {
  return `h2.${fault}`;
}

function connection(code: number, text: string): FaultRow {
  return { scope: "connection", code, text };
}

function stream(code: number, text: string): FaultRow {
  return { scope: "stream", code, text };
}
