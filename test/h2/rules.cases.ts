/**
 * What RFC 9113 asks of whoever receives frames, section by section: what a client sends, and what our side makes of it.
 * Each row is preceded by the preface and empty SETTINGS, whose own outcome is left out.
 */
import { FLAG, FRAME } from "../../src/protocol/h2/frame.ts";
import {
  block,
  data,
  type Fields,
  frame,
  GET,
  headers,
  POST,
  ping,
  reset,
  SETTINGS_ACK,
  settings,
  uint32,
  windowUpdate,
} from "./frames.ts";

export interface RuleCase {
  readonly name: string;
  readonly bytes: string;
  readonly events: readonly string[];
}

const PROTOCOL = 1;
const FLOW = 3;
const STREAM_CLOSED = 5;
const FRAME_SIZE = 6;
const REFUSED = 7;
const COMPRESSION = 9;
const CALM = 11;

const GET_1 = "head 1 GET a.example/";
const POST_1 = "head 1 POST a.example/";
const OPEN_POST = headers(1, POST, { end: false });

/** A fault of the connection. */
function fatal(
  name: string,
  bytes: string,
  fault: string,
  code: number,
  before: string[] = [],
  last = 0,
): RuleCase {
  return { name, bytes, events: [...before, `fault ${fault}`, `> goaway ${last} ${code}`] };
}

/** A fault of stream 1. */
function broken(name: string, bytes: string, fault: string, code: number, before: string[] = []): RuleCase {
  return { name, bytes, events: [...before, `reset 1 ${fault}`, `> rstStream 1 ${code}`] };
}

function good(name: string, bytes: string, ...events: string[]): RuleCase {
  return { name, bytes, events };
}

function request(fields: Fields, changes: Record<string, string | null>): Fields {
  const kept = fields
    .filter(([name]) => changes[name] !== null)
    .map(([name, value]) => [name, changes[name] ?? value] as const);
  const added = Object.entries(changes).filter(
    ([name, value]) => value !== null && !fields.some(([have]) => have === name),
  );
  return [...kept, ...(added as [string, string][])];
}

const padded = (type: number, stream: number, payload: string, flags = 0): string =>
  frame(type, FLAG.padded | flags, stream, payload);

const FRAMES_4: readonly RuleCase[] = [
  good("4.1: a type that nobody knows is ignored", frame(0xbe, 0xff, 0, "anything") + headers(1), GET_1),
  good(
    "4.1: the reserved bit of a stream is ignored",
    frame(FRAME.headers, 5, 0x80000001, block(GET)),
    GET_1,
  ),
  good("4.1: flags that mean nothing are ignored", frame(FRAME.ping, 0xfe, 0, "12345678"), "> ping ack"),
  fatal(
    "4.2: DATA larger than allowed",
    OPEN_POST + data(1, "x".repeat(16_385)),
    "frameTooLarge",
    FRAME_SIZE,
    [POST_1],
    1,
  ),
  fatal(
    "4.2: HEADERS larger than allowed",
    frame(FRAME.headers, 4, 1, "x".repeat(16_385)),
    "frameTooLarge",
    FRAME_SIZE,
  ),
  good("4.2: DATA as large as allowed", OPEN_POST + data(1, "x".repeat(16_384)), POST_1, "data 1 16384"),
  fatal(
    "4.3: a block that is no HPACK",
    frame(FRAME.headers, 5, 1, "\xff\xff\xff\xff\xff\xff"),
    "headerBlock",
    COMPRESSION,
    [],
    1,
  ),
  fatal(
    "4.3: a block that is cut",
    frame(FRAME.headers, 5, 1, "\x00\x05ab"),
    "headerBlock",
    COMPRESSION,
    [],
    1,
  ),
  fatal(
    "4.3: another frame in the middle of a block",
    headers(1, GET, { whole: false }) + ping(),
    "continuation",
    PROTOCOL,
    [],
  ),
  fatal(
    "4.3: another stream in the middle of a block",
    headers(1, GET, { whole: false }) + headers(3),
    "continuation",
    PROTOCOL,
  ),
  fatal(
    "4.3: an unknown frame in the middle of a block",
    headers(1, GET, { whole: false }) + frame(0xbe, 0, 1, ""),
    "continuation",
    PROTOCOL,
  ),
];

const STREAMS_5: readonly RuleCase[] = [
  fatal("5.1: DATA on an idle stream", data(1, "x"), "idleStream", PROTOCOL),
  fatal("5.1: RST_STREAM on an idle stream", reset(1), "idleStream", PROTOCOL),
  fatal("5.1: WINDOW_UPDATE on an idle stream", windowUpdate(1, 1), "idleStream", PROTOCOL),
  fatal(
    "5.1: CONTINUATION on an idle stream",
    frame(FRAME.continuation, 4, 1, block(GET)),
    "continuation",
    PROTOCOL,
  ),
  good(
    "5.1: PRIORITY on an idle stream",
    frame(FRAME.priority, 0, 1, `${uint32(0)}\x10`) + headers(1),
    GET_1,
  ),
  broken("5.1: DATA on a half-closed stream", headers(1) + data(1, "x"), "streamClosed", STREAM_CLOSED, [
    GET_1,
  ]),
  broken("5.1: HEADERS on a half-closed stream", headers(1) + headers(1), "streamClosed", STREAM_CLOSED, [
    GET_1,
  ]),
  fatal(
    "5.1: CONTINUATION on a half-closed stream",
    headers(1) + frame(FRAME.continuation, 4, 1, ""),
    "continuation",
    PROTOCOL,
    [GET_1],
    1,
  ),
  good("5.1: WINDOW_UPDATE on a half-closed stream", headers(1) + windowUpdate(1, 9), GET_1, "window"),
  good("5.1: RST_STREAM on a half-closed stream", headers(1) + reset(1, 8), GET_1, "reset 1 8"),
  good(
    "5.1: DATA behind RST_STREAM",
    OPEN_POST + reset(1) + data(1, "x"),
    POST_1,
    "reset 1 8",
    "> rstStream 1 5",
  ),
  fatal(
    "5.1: HEADERS behind RST_STREAM",
    OPEN_POST + reset(1) + headers(1),
    "closedStream",
    STREAM_CLOSED,
    [POST_1, "reset 1 8"],
    1,
  ),
  good(
    "5.1: WINDOW_UPDATE, PRIORITY and RST_STREAM behind RST_STREAM",
    OPEN_POST +
      reset(1) +
      windowUpdate(1, 5) +
      reset(1) +
      frame(FRAME.priority, 0, 1, `${uint32(0)}\x10`) +
      headers(3),
    POST_1,
    "reset 1 8",
    "head 3 GET a.example/",
  ),
  fatal("5.1.1: an even stream", headers(2), "streamParity", PROTOCOL),
  fatal(
    "5.1.1: a lower stream than one before",
    headers(5) + headers(3),
    "streamOrder",
    PROTOCOL,
    ["head 5 GET a.example/"],
    5,
  ),
  good(
    "5.1.2: more streams than allowed",
    [1, 3, 5, 7, 9].map((id) => headers(id)).join(""),
    GET_1,
    "head 3 GET a.example/",
    "head 5 GET a.example/",
    "head 7 GET a.example/",
    `> rstStream 9 ${REFUSED}`,
  ),
  broken(
    "5.3.1: HEADERS that depend on themselves",
    frame(FRAME.headers, 5 | FLAG.priority, 1, `${uint32(1)}\x10${block(GET)}`),
    "selfDependency",
    PROTOCOL,
  ),
  broken(
    "5.3.1: PRIORITY that depends on itself",
    OPEN_POST + frame(FRAME.priority, 0, 1, `${uint32(1)}\x10`),
    "selfDependency",
    PROTOCOL,
    [POST_1],
  ),
  fatal(
    "5.3.1: the same on an idle stream",
    frame(FRAME.priority, 0, 1, `${uint32(1)}\x10`),
    "selfDependency",
    PROTOCOL,
  ),
];

const FRAMES_6: readonly RuleCase[] = [
  fatal("6.1: DATA without a stream", data(0, "x"), "streamZero", PROTOCOL),
  fatal(
    "6.1: padding longer than its frame",
    OPEN_POST + padded(FRAME.data, 1, "\x06abcde"),
    "padding",
    PROTOCOL,
    [POST_1],
    1,
  ),
  fatal(
    "6.1: padding as long as its frame",
    OPEN_POST + padded(FRAME.data, 1, "\x05abcd"),
    "padding",
    PROTOCOL,
    [POST_1],
    1,
  ),
  fatal(
    "6.1: a padded frame without a byte",
    OPEN_POST + padded(FRAME.data, 1, ""),
    "frameLength",
    FRAME_SIZE,
    [POST_1],
    1,
  ),
  good(
    "6.1: padding around data",
    OPEN_POST + padded(FRAME.data, 1, "\x03abc\0\0\0", FLAG.endStream),
    POST_1,
    "data 1 3",
    "end 1",
  ),
  good(
    "6.1: nothing but padding",
    OPEN_POST + padded(FRAME.data, 1, "\x02\0\0", FLAG.endStream),
    POST_1,
    "end 1",
  ),
  fatal("6.2: HEADERS without a stream", headers(0), "streamZero", PROTOCOL),
  fatal("6.2: padding longer than the block", padded(FRAME.headers, 1, "\xffabc", 5), "padding", PROTOCOL),
  fatal("6.2: padded HEADERS without a byte", padded(FRAME.headers, 1, "", 5), "frameLength", FRAME_SIZE),
  fatal(
    "6.2: a priority that is cut",
    frame(FRAME.headers, 5 | FLAG.priority, 1, "\0\0\0"),
    "frameLength",
    FRAME_SIZE,
  ),
  good(
    "6.2: padding and priority",
    frame(FRAME.headers, 5 | FLAG.priority | FLAG.padded, 1, `\x02${uint32(0)}\x10${block(GET)}\0\0`),
    GET_1,
  ),
  fatal(
    "6.3: PRIORITY without a stream",
    frame(FRAME.priority, 0, 0, `${uint32(1)}\x10`),
    "streamZero",
    PROTOCOL,
  ),
  broken(
    "6.3: PRIORITY of another length",
    OPEN_POST + frame(FRAME.priority, 0, 1, "\0\0\0\0"),
    "priorityLength",
    FRAME_SIZE,
    [POST_1],
  ),
  fatal("6.4: RST_STREAM without a stream", reset(0), "streamZero", PROTOCOL),
  fatal(
    "6.4: RST_STREAM of another length",
    OPEN_POST + frame(FRAME.rstStream, 0, 1, "\0\0\0"),
    "frameLength",
    FRAME_SIZE,
    [POST_1],
    1,
  ),
  fatal(
    "6.5: an acknowledgement with a payload",
    frame(FRAME.settings, FLAG.ack, 0, "\0\0\0\0\0\0"),
    "frameLength",
    FRAME_SIZE,
  ),
  fatal("6.5: SETTINGS on a stream", frame(FRAME.settings, 0, 1, ""), "connectionFrame", PROTOCOL),
  fatal(
    "6.5: SETTINGS of a length that is no multiple of six",
    frame(FRAME.settings, 0, 0, "\0\x01\0"),
    "frameLength",
    FRAME_SIZE,
  ),
  good("6.5: our acknowledgement", settings([4, 100]), "settings", "> settings ack"),
  good("6.5: theirs", SETTINGS_ACK),
  good("6.5.2: a setting that nobody knows", settings([0x99, 1]), "settings", "> settings ack"),
  fatal("6.5.2: ENABLE_PUSH of 2", settings([2, 2]), "settingValue", PROTOCOL),
  fatal("6.5.2: INITIAL_WINDOW_SIZE of 2^31", settings([4, 0x80000000]), "initialWindow", FLOW),
  fatal("6.5.2: MAX_FRAME_SIZE of 16383", settings([5, 16_383]), "settingValue", PROTOCOL),
  fatal("6.5.2: MAX_FRAME_SIZE of 2^24", settings([5, 16_777_216]), "settingValue", PROTOCOL),
  fatal("8441 3: ENABLE_CONNECT_PROTOCOL of 2", settings([8, 2]), "settingValue", PROTOCOL),
  fatal("9218 2.1: NO_RFC7540_PRIORITIES of 2", settings([9, 2]), "settingValue", PROTOCOL),
  fatal("6.6: PUSH_PROMISE", frame(FRAME.pushPromise, 4, 1, uint32(2)), "pushPromise", PROTOCOL),
  good("6.7: PING", ping("abcdefgh"), "> ping ack"),
  good("6.7: an acknowledged PING", ping("abcdefgh", true), "pong"),
  fatal("6.7: PING on a stream", frame(FRAME.ping, 0, 1, "12345678"), "connectionFrame", PROTOCOL),
  fatal("6.7: PING of another length", frame(FRAME.ping, 0, 0, "123456"), "frameLength", FRAME_SIZE),
  good("6.8: GOAWAY", frame(FRAME.goaway, 0, 0, `${uint32(0)}${uint32(0)}bye`), "goaway 0 0"),
  fatal(
    "6.8: GOAWAY on a stream",
    frame(FRAME.goaway, 0, 1, uint32(0) + uint32(0)),
    "connectionFrame",
    PROTOCOL,
  ),
  fatal("6.8: GOAWAY that is cut", frame(FRAME.goaway, 0, 0, uint32(0)), "frameLength", FRAME_SIZE),
  fatal("6.9: WINDOW_UPDATE of zero", windowUpdate(0, 0), "zeroIncrement", PROTOCOL),
  broken(
    "6.9: WINDOW_UPDATE of zero on a stream",
    OPEN_POST + windowUpdate(1, 0),
    "streamZeroIncrement",
    PROTOCOL,
    [POST_1],
  ),
  fatal(
    "6.9: WINDOW_UPDATE of another length",
    frame(FRAME.windowUpdate, 0, 0, "\0\0\x01"),
    "frameLength",
    FRAME_SIZE,
  ),
  fatal("6.9.1: a window beyond 2^31-1", windowUpdate(0, 0x7fffffff), "windowOverflow", FLOW),
  broken(
    "6.9.1: a stream's window beyond 2^31-1",
    OPEN_POST + windowUpdate(1, 0x7fffffff),
    "streamWindowOverflow",
    FLOW,
    [POST_1],
  ),
  fatal(
    "6.9.2: the setting takes a window beyond 2^31-1",
    OPEN_POST + windowUpdate(1, 0x7fff0000) + settings([4, 0x7fffffff]),
    "initialWindow",
    FLOW,
    [POST_1, "window"],
    1,
  ),
  good(
    "6.9.2: the setting may take a window below zero",
    OPEN_POST + settings([4, 0]) + windowUpdate(1, 1),
    POST_1,
    "settings",
    "> settings ack",
    "window",
  ),
  fatal(
    "6.9: more DATA than the connection's window",
    OPEN_POST + data(1, "x".repeat(16_384)).repeat(4),
    "windowExceeded",
    FLOW,
    [POST_1, "data 1 49152"],
    1,
  ),
  fatal(
    "6.10: CONTINUATION without HEADERS",
    headers(1) + frame(FRAME.continuation, 4, 1, ""),
    "continuation",
    PROTOCOL,
    [GET_1],
    1,
  ),
  fatal(
    "6.10: CONTINUATION behind a block that is complete",
    OPEN_POST + frame(FRAME.continuation, 4, 1, block([["a", "b"]])),
    "continuation",
    PROTOCOL,
    [POST_1],
    1,
  ),
  fatal(
    "6.10: CONTINUATION behind DATA",
    OPEN_POST + data(1, "x") + frame(FRAME.continuation, 4, 1, ""),
    "continuation",
    PROTOCOL,
    [POST_1, "data 1 1"],
    1,
  ),
  fatal(
    "6.10: CONTINUATION without a stream",
    headers(1, GET, { whole: false }) + frame(FRAME.continuation, 4, 0, ""),
    "continuation",
    PROTOCOL,
  ),
  good(
    "6.10: a block in three frames",
    frame(FRAME.headers, 1, 1, block(GET.slice(0, 2))) +
      frame(FRAME.continuation, 0, 1, block(GET.slice(2))) +
      frame(FRAME.continuation, 4, 1, ""),
    GET_1,
  ),
  good(
    "6.10: a block cut in the middle of a field",
    frame(FRAME.headers, 1, 1, block(GET).slice(0, 9)) + frame(FRAME.continuation, 4, 1, block(GET).slice(9)),
    GET_1,
  ),
  fatal(
    "a block in 70 frames",
    frame(FRAME.headers, 1, 1, "") + frame(FRAME.continuation, 0, 1, "\x82").repeat(70),
    "continuationFlood",
    CALM,
  ),
  fatal(
    "a block in empty frames",
    frame(FRAME.headers, 1, 1, "") + frame(FRAME.continuation, 0, 1, "").repeat(20),
    "continuationFlood",
    CALM,
  ),
  fatal(
    "a block larger than any",
    frame(FRAME.headers, 1, 1, "\0".repeat(3_000)) + frame(FRAME.continuation, 0, 1, "\0".repeat(3_000)),
    "headerBlockBytes",
    CALM,
  ),
];

const badHead = (name: string, fields: Fields, fault: string): RuleCase =>
  broken(name, headers(1, fields), fault, PROTOCOL);

const HEADS_8: readonly RuleCase[] = [
  broken(
    "8.1: a second HEADERS without END_STREAM",
    OPEN_POST + headers(1, [["x", "y"]], { end: false }),
    "trailersWithoutEnd",
    PROTOCOL,
    [POST_1],
  ),
  good(
    "8.1: trailers",
    OPEN_POST + data(1, "x") + headers(1, [["x-sum", "1"]]),
    POST_1,
    "data 1 1",
    "trailers 1 x-sum",
    "end 1",
  ),
  good("8.1: trailers without a field", OPEN_POST + frame(FRAME.headers, 5, 1, ""), POST_1, "end 1"),
  broken(
    "8.1: a pseudo-field in trailers",
    OPEN_POST + headers(1, [[":method", "GET"]]),
    "pseudoForeign",
    PROTOCOL,
    [POST_1],
  ),
  broken(
    "8.1: a trailer that frames",
    OPEN_POST + headers(1, [["content-length", "1"]]),
    "trailerField",
    PROTOCOL,
    [POST_1],
  ),
  badHead("8.2: an upper-case letter in a name", request(GET, { "X-A": "1" }), "fieldName"),
  badHead("8.2: a space in a name", request(GET, { "x a": "1" }), "fieldName"),
  badHead("8.2: a colon in a name", request(GET, { "x:a": "1" }), "fieldName"),
  badHead("8.2: an empty name", [...GET, ["", "1"]], "fieldName"),
  badHead("8.2.1: CR LF in a value", request(GET, { a: "1\r\nb: 2" }), "fieldValue"),
  badHead("8.2.1: NUL in a value", request(GET, { a: "1\0" }), "fieldValue"),
  badHead("8.2.1: white space before a value", request(GET, { a: " 1" }), "fieldValue"),
  badHead("8.2.1: white space behind a value", request(GET, { a: "1\t" }), "fieldValue"),
  ...["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"].map((name) =>
    badHead(`8.2.2: ${name}`, request(GET, { [name]: "chunked" }), "connectionField"),
  ),
  badHead("8.2.2: TE other than trailers", request(GET, { te: "trailers, deflate" }), "te"),
  good("8.2.2: TE of trailers", headers(1, request(GET, { te: "trailers" })), GET_1),
  badHead("8.3: a pseudo-field that nobody knows", [...GET, [":test", "ok"]], "fieldName"),
  badHead("8.3: a pseudo-field of answers", [...GET, [":status", "200"]], "pseudoForeign"),
  badHead("8.3: a pseudo-field behind a field", [...GET.slice(0, 3), ["a", "b"], GET[3]!], "pseudoOrder"),
  ...[":method", ":scheme", ":path"].map((name) =>
    badHead(`8.3.1: no ${name}`, request(GET, { [name]: null }), "pseudoMissing"),
  ),
  ...[":method", ":scheme", ":path", ":authority"].map((name) =>
    badHead(`8.3.1: ${name} twice`, [...GET, GET.find(([have]) => have === name)!], "pseudoRepeated"),
  ),
  badHead("8.3.1: an empty path", request(GET, { ":path": "" }), "pseudoMissing"),
  badHead("8.3.1: a path without a slash", request(GET, { ":path": "a" }), "path"),
  badHead("8.3.1: a path with a space", request(GET, { ":path": "/ HTTP/1.1" }), "path"),
  badHead("8.3.1: a path with a fragment", request(GET, { ":path": "/#a" }), "path"),
  badHead("8.3.1: a path with CR LF", request(GET, { ":path": "/\r\nx: y" }), "fieldValue"),
  badHead("8.3.1: a method with a space", request(GET, { ":method": "GET /" }), "method"),
  badHead("8.3.1: an asterisk with GET", request(GET, { ":path": "*" }), "path"),
  good(
    "8.3.1: an asterisk with OPTIONS",
    headers(1, request(GET, { ":method": "OPTIONS", ":path": "*" })),
    "head 1 OPTIONS a.example*",
  ),
  badHead("8.3.1: another scheme", request(GET, { ":scheme": "ftp" }), "scheme"),
  badHead("8.3.1: Host that disagrees", request(GET, { host: "b.example" }), "authority"),
  good("8.3.1: Host that agrees", headers(1, request(GET, { host: "A.example" })), GET_1),
  good(
    "8.3.1: Host alone",
    headers(1, request(GET, { ":authority": null, host: "b.example" })),
    "head 1 GET b.example/",
  ),
  good(
    "8.3.1: neither",
    headers(1, request(GET, { ":authority": null })),
    "refused 1 request.malformed/hostMissing",
  ),
  good(
    "8.3.1: an authority with userinfo",
    headers(1, request(GET, { ":authority": "me@a.example" })),
    "refused 1 request.malformed/host",
  ),
  good(
    "8.5: CONNECT",
    headers(1, [
      [":method", "CONNECT"],
      [":authority", "a:1"],
    ]),
    "refused 1 request.method",
  ),
  badHead("8.5: CONNECT with a path", request(GET, { ":method": "CONNECT" }), "pseudoForeign"),
  good("TRACE", headers(1, request(GET, { ":method": "TRACE" })), "refused 1 request.method"),
  badHead("8441 4: a protocol without CONNECT", [...GET, [":protocol", "websocket"]], "pseudoForeign"),
  badHead("8.1.1: a length without DATA", request(GET, { "content-length": "1" }), "contentLengthMismatch"),
  badHead("8.1.1: two lengths", [...GET, ["content-length", "0"], ["content-length", "0"]], "contentLength"),
  badHead("8.1.1: a length that is none", request(GET, { "content-length": "+1" }), "contentLength"),
  broken(
    "8.1.1: less DATA than the length",
    headers(1, request(POST, { "content-length": "4" }), { end: false }) + data(1, "abc", true),
    "contentLengthMismatch",
    PROTOCOL,
    [POST_1, "data 1 3"],
  ),
  broken(
    "8.1.1: more DATA than the length, of which nothing is passed on",
    headers(1, request(POST, { "content-length": "2" }), { end: false }) + data(1, "abc"),
    "contentLengthMismatch",
    PROTOCOL,
    [POST_1],
  ),
  broken(
    "8.1.1: more DATA than the length, with padding",
    headers(1, request(POST, { "content-length": "2" }), { end: false }) +
      padded(FRAME.data, 1, "\x02abc\0\0"),
    "contentLengthMismatch",
    PROTOCOL,
    [POST_1],
  ),
  broken(
    "8.1.1: trailers before the length is reached",
    headers(1, request(POST, { "content-length": "4" }), { end: false }) +
      data(1, "abc") +
      headers(1, [["a", "b"]]),
    "contentLengthMismatch",
    PROTOCOL,
    [POST_1, "data 1 3"],
  ),
  good(
    "8.1.1: as much DATA as the length says",
    headers(1, request(POST, { "content-length": "4" }), { end: false }) +
      data(1, "ab") +
      data(1, "cd", true),
    POST_1,
    "data 1 4",
    "end 1",
  ),
  good(
    "a list larger than the limit",
    headers(1, request(GET, { a: "x".repeat(2_000) })),
    "refused 1 limit.head_bytes",
  ),
  good(
    "more fields than the limit",
    headers(1, [...GET, ...Array.from({ length: 43 }, (_, i) => [`a${i}`, ""] as const)]),
    "refused 1 limit.field_count",
  ),
  good(
    "9218 7.1: PRIORITY_UPDATE",
    OPEN_POST + frame(FRAME.priorityUpdate, 0, 0, `${uint32(1)}u=1, i`),
    POST_1,
    "priority",
  ),
  good(
    "9218 7.1: for a stream that is idle",
    frame(FRAME.priorityUpdate, 0, 0, `${uint32(1)}u=1`) + headers(1),
    GET_1,
  ),
  fatal("9218 7.1: on a stream", frame(FRAME.priorityUpdate, 0, 1, uint32(1)), "connectionFrame", PROTOCOL),
  fatal("9218 7.1: for no stream", frame(FRAME.priorityUpdate, 0, 0, uint32(0)), "priorityUpdate", PROTOCOL),
  fatal("9218 7.1: that is cut", frame(FRAME.priorityUpdate, 0, 0, "\0\0"), "frameLength", FRAME_SIZE),
];

const BUDGET: readonly RuleCase[] = [
  {
    name: "PING without end",
    bytes: ping().repeat(600),
    events: [...Array(496).fill("> ping ack"), "fault budget", `> goaway 0 ${CALM}`],
  },
];

export const RULE_CASES: readonly RuleCase[] = [
  ...FRAMES_4,
  ...STREAMS_5,
  ...FRAMES_6,
  ...HEADS_8,
  ...BUDGET,
];
