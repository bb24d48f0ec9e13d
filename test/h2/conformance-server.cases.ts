/**
 * What the suites that judge servers of HTTP/2 send, and what RFC 9113 and RFC 7541 let them expect, section by section:
 * each row on a connection of its own, behind the preface and empty SETTINGS.
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
  settings,
  uint32,
  windowUpdate,
} from "./frames.ts";

export interface ConformanceCase {
  readonly name: string;
  /** Sent in this order; behind a pattern only when a frame has come that it describes. */
  readonly steps: readonly (string | RegExp)[];
  /** The frame that must come, as `describeFrame` says it. */
  readonly expected: RegExp;
  /** The connection must end behind it. */
  readonly ends: boolean;
}

const PROTOCOL = 1;
const FLOW = 3;
const STREAM_CLOSED = 5;
const FRAME_SIZE = 6;
const REFUSED = 7;
const COMPRESSION = 9;

/** The answer on stream 1 is complete. */
const ANSWERED = /^(headers 1|data 1 \d+) end$/;
const PONG = /^ping ack$/;

type Steps = readonly (string | RegExp)[];

function answered(name: string, ...steps: Steps): ConformanceCase {
  return { name, steps, expected: ANSWERED, ends: false };
}

/** Taken without a word, and the connection goes on. */
function ignored(name: string, ...steps: Steps): ConformanceCase {
  return { name, steps: [...steps, ping()], expected: PONG, ends: false };
}

function sees(name: string, expected: RegExp, ...steps: Steps): ConformanceCase {
  return { name, steps, expected, ends: false };
}

/** An error of stream 1. */
function stream(code: number, name: string, ...steps: Steps): ConformanceCase {
  return { name, steps, expected: new RegExp(`^rstStream 1 ${code}$`), ends: false };
}

function connection(code: number, name: string, ...steps: Steps): ConformanceCase {
  return { name, steps, expected: new RegExp(`^goaway \\d+ ${code}$`), ends: true };
}

const without = (name: string): Fields => GET.filter(([have]) => have !== name);
const instead = (name: string, value: string): Fields =>
  GET.map(([have, was]) => [have, have === name ? value : was]);
const OPEN = headers(1, POST, { end: false });
const PART = headers(1, GET, { whole: false });
const CONTINUED = frame(FRAME.continuation, FLAG.endHeaders, 1, block([["x-more", "1"]]));
const NOT_LAST = frame(FRAME.continuation, 0, 1, block([["x-more", "1"]]));
const trailers = (fields: Fields, end = true) => headers(1, fields, { end });
const priority = (id: number, on = 0, weight = 15) =>
  frame(FRAME.priority, 0, id, uint32(on) + latin1(weight));
const latin1 = (...bytes: number[]) => String.fromCharCode(...bytes);
/** A GET with more in its block, as it is encoded. */
const encoded = (more: string, before = "") => frame(FRAME.headers, 5, 1, before + block(GET) + more);
const REQUESTS_101 = Array.from({ length: 101 }, (_, i) => headers(2 * i + 1, POST, { end: false })).join("");

const FRAMES: readonly ConformanceCase[] = [
  sees("3.4: our SETTINGS come first", /^settings$/),
  ignored("4.1: a type that nobody knows", frame(0xbe, 0, 0, "12345678")),
  sees("4.1: flags that mean nothing", PONG, frame(FRAME.ping, 0x16, 0, "12345678")),
  sees("4.1: the reserved bit", PONG, frame(FRAME.ping, 0, 0x80000000, "12345678")),
  answered("4.2: DATA of 16,384 bytes", OPEN + data(1, "x".repeat(16_384), true)),
  connection(FRAME_SIZE, "4.2: DATA of 16,385 bytes", OPEN + data(1, "x".repeat(16_385), true)),
  connection(
    FRAME_SIZE,
    "4.2: HEADERS of more than 16,384 bytes",
    headers(1, [...GET, ["x", "y".repeat(16_400)]]),
  ),
  connection(COMPRESSION, "4.3: a block that breaks off", frame(FRAME.headers, 5, 1, "\x40")),
  connection(PROTOCOL, "4.3: PRIORITY within a block", PART + priority(1) + CONTINUED),
  connection(PROTOCOL, "4.3: HEADERS of another stream within a block", PART + headers(3) + CONTINUED),
];

const STATES: readonly ConformanceCase[] = [
  connection(PROTOCOL, "5.1: idle, DATA", data(1, "x", true)),
  connection(PROTOCOL, "5.1: idle, RST_STREAM", reset(1)),
  connection(PROTOCOL, "5.1: idle, WINDOW_UPDATE", windowUpdate(1, 100)),
  connection(PROTOCOL, "5.1: idle, CONTINUATION", CONTINUED),
  answered("5.1: idle, PRIORITY", priority(1) + headers(1)),
  stream(STREAM_CLOSED, "5.1: half-closed, DATA", headers(1) + data(1, "x", true)),
  stream(STREAM_CLOSED, "5.1: half-closed, HEADERS", headers(1) + headers(1)),
  connection(PROTOCOL, "5.1: half-closed, CONTINUATION", headers(1) + CONTINUED),
  answered("5.1: half-closed, WINDOW_UPDATE", headers(1) + windowUpdate(1, 1)),
  answered("5.1: half-closed, PRIORITY", headers(1) + priority(1)),
  ignored("5.1: half-closed, RST_STREAM", headers(1) + reset(1)),
  stream(STREAM_CLOSED, "5.1: reset, DATA", OPEN + reset(1) + data(1, "x", true)),
  connection(STREAM_CLOSED, "5.1: reset, HEADERS", OPEN + reset(1) + headers(1)),
  connection(PROTOCOL, "5.1: reset, CONTINUATION", OPEN + reset(1) + CONTINUED),
  stream(STREAM_CLOSED, "5.1: closed, DATA", headers(1), ANSWERED, data(1, "x", true)),
  connection(STREAM_CLOSED, "5.1: closed, HEADERS", headers(1), ANSWERED, headers(1)),
  connection(PROTOCOL, "5.1: closed, CONTINUATION", headers(1), ANSWERED, CONTINUED),
  ignored("5.1: closed, PRIORITY", headers(1), ANSWERED, priority(1)),
  connection(PROTOCOL, "5.1.1: an even number", headers(2)),
  connection(PROTOCOL, "5.1.1: a lower number", headers(5) + headers(3)),
  sees("5.1.2: more streams than allowed", new RegExp(`^rstStream 201 ${REFUSED}$`), REQUESTS_101),
  answered("5.3: the lightest", priority(1, 0, 0) + headers(1)),
  answered("5.3: the heaviest", priority(1, 0, 255) + headers(1)),
  answered("5.3: behind another", priority(1, 3) + headers(1)),
  answered("5.3: exclusively", priority(1, 0x80000003) + headers(1)),
  answered("5.3: a higher stream that is idle", priority(3) + headers(1)),
  stream(
    PROTOCOL,
    "5.3.1: HEADERS that depend on themselves",
    frame(FRAME.headers, 0x25, 1, `${uint32(1)}\xff${block(GET)}`),
  ),
  stream(PROTOCOL, "5.3.1: PRIORITY that depends on itself", OPEN + priority(1, 1)),
  connection(FRAME_SIZE, "5.4.1: GOAWAY before the close", frame(FRAME.ping, 0, 0, "123")),
  ignored("5.5: an extension's frame", frame(0xbe, 0, 1, "12345678")),
  connection(PROTOCOL, "5.5: an extension's frame within a block", PART + frame(0xbe, 0, 0, "") + CONTINUED),
];

const DEFINITIONS: readonly ConformanceCase[] = [
  answered("6.1: DATA", OPEN + data(1, "test", true)),
  answered("6.1: DATA twice", OPEN + data(1, "test") + data(1, "test", true)),
  answered("6.1: DATA with padding", OPEN + frame(FRAME.data, 9, 1, `\x06test${"\0".repeat(6)}`)),
  connection(PROTOCOL, "6.1: DATA on stream 0", data(0, "test", true)),
  stream(STREAM_CLOSED, "6.1: DATA on a stream that its client ended", headers(1) + data(1, "test")),
  connection(PROTOCOL, "6.1: as much padding as payload", OPEN + frame(FRAME.data, 9, 1, "\x05Test")),
  answered("6.2: HEADERS", headers(1)),
  answered("6.2: HEADERS with padding", frame(FRAME.headers, 0x0d, 1, `\x03${block(GET)}\0\0\0`)),
  answered("6.2: HEADERS with priority", frame(FRAME.headers, 0x25, 1, `${uint32(0)}\xff${block(GET)}`)),
  connection(PROTOCOL, "6.2: PRIORITY before the block is whole", PART + priority(1)),
  connection(PROTOCOL, "6.2: another HEADERS before the block is whole", PART + headers(3)),
  connection(PROTOCOL, "6.2: HEADERS on stream 0", headers(0)),
  connection(PROTOCOL, "6.2: more padding than payload", frame(FRAME.headers, 0x0d, 1, `\xff${block(GET)}`)),
  connection(PROTOCOL, "6.3: PRIORITY on stream 0", priority(0)),
  stream(FRAME_SIZE, "6.3: PRIORITY of four bytes", OPEN + frame(FRAME.priority, 0, 1, "\x80\0\0\x01")),
  stream(FRAME_SIZE, "6.3: the same behind the answer", OPEN, ANSWERED, frame(FRAME.priority, 0, 1, "abcd")),
  stream(
    FRAME_SIZE,
    "6.3: the same for a stream that is over",
    headers(1),
    ANSWERED,
    frame(FRAME.priority, 0, 1, "abcd"),
  ),
  ignored("6.4: RST_STREAM", OPEN + reset(1)),
  connection(PROTOCOL, "6.4: RST_STREAM on stream 0", reset(0)),
  connection(PROTOCOL, "6.4: RST_STREAM on an idle stream", reset(1)),
  connection(
    FRAME_SIZE,
    "6.4: RST_STREAM of three bytes",
    headers(1) + frame(FRAME.rstStream, 0, 1, "\0\0\0"),
  ),
  sees("6.5: SETTINGS", /^settings ack$/),
  connection(FRAME_SIZE, "6.5: an acknowledgement with payload", frame(FRAME.settings, FLAG.ack, 0, "\0")),
  connection(PROTOCOL, "6.5: SETTINGS on a stream", frame(FRAME.settings, 0, 1, `\0\x03${uint32(100)}`)),
  connection(FRAME_SIZE, "6.5: SETTINGS of three bytes", frame(FRAME.settings, 0, 0, "\0\x03\0")),
  connection(PROTOCOL, "6.5.2: ENABLE_PUSH of 2", settings([2, 2])),
  connection(FLOW, "6.5.2: INITIAL_WINDOW_SIZE of 2^31", settings([4, 0x80000000])),
  connection(PROTOCOL, "6.5.2: MAX_FRAME_SIZE of 16,383", settings([5, 16_383])),
  connection(PROTOCOL, "6.5.2: MAX_FRAME_SIZE of 2^24", settings([5, 16_777_216])),
  ignored("6.5.2: a setting that nobody knows", settings([0xff, 1])),
  sees(
    "6.5.3: of several values the last counts",
    /^data 1 1( end)?$/,
    settings([4, 100], [4, 1]),
    headers(1),
  ),
  sees("6.5.3: each is acknowledged", /^settings ack$/, settings([3, 100])),
  sees("6.7: PING", PONG, ping()),
  ignored("6.7: an acknowledgement of nothing", ping("invalid.", true)),
  connection(PROTOCOL, "6.7: PING on a stream", frame(FRAME.ping, 0, 1, "12345678")),
  connection(FRAME_SIZE, "6.7: PING of six bytes", frame(FRAME.ping, 0, 0, "123456")),
  ignored("6.8: GOAWAY", frame(FRAME.goaway, 0, 0, uint32(0) + uint32(0))),
  connection(PROTOCOL, "6.8: GOAWAY on a stream", frame(FRAME.goaway, 0, 1, uint32(0) + uint32(0))),
  ignored("6.9: WINDOW_UPDATE of the connection", windowUpdate(0, 1)),
  answered("6.9: WINDOW_UPDATE of a stream", OPEN + windowUpdate(1, 1) + data(1, "x", true)),
  connection(PROTOCOL, "6.9: an increment of zero", windowUpdate(0, 0)),
  stream(PROTOCOL, "6.9: an increment of zero for a stream", OPEN + windowUpdate(1, 0)),
  connection(FRAME_SIZE, "6.9: WINDOW_UPDATE of three bytes", frame(FRAME.windowUpdate, 0, 0, "\0\0\x01")),
  sees("6.9.1: no more than the window", /^data 1 1( end)?$/, settings([4, 1]), headers(1)),
  connection(
    FLOW,
    "6.9.1: a window beyond 2^31-1",
    windowUpdate(0, 0x7fffffff) + windowUpdate(0, 0x7fffffff),
  ),
  stream(
    FLOW,
    "6.9.1: a stream's window beyond 2^31-1",
    OPEN + windowUpdate(1, 0x7fffffff) + windowUpdate(1, 0x7fffffff),
  ),
  sees(
    "6.9.2: a window that grows by a setting",
    /^data 1 1$/,
    settings([4, 0]),
    headers(1),
    /^headers 1$/,
    settings([4, 1]),
  ),
  sees(
    "6.9.2: a window that falls below zero",
    /^data 1 1$/,
    settings([4, 3]),
    headers(1),
    /^data 1 3$/,
    settings([4, 2]),
    windowUpdate(1, 2),
  ),
  connection(FLOW, "6.9.2: a setting beyond 2^31-1", settings([4, 0x80000000])),
  answered("6.10: CONTINUATION", PART + CONTINUED),
  answered("6.10: CONTINUATION twice", PART + NOT_LAST + CONTINUED),
  connection(PROTOCOL, "6.10: DATA in place of CONTINUATION", PART + NOT_LAST + data(1, "x")),
  connection(
    PROTOCOL,
    "6.10: CONTINUATION on stream 0",
    PART + frame(FRAME.continuation, 4, 0, block([["x", "1"]])),
  ),
  connection(PROTOCOL, "6.10: CONTINUATION behind a whole block", OPEN + CONTINUED),
  connection(PROTOCOL, "6.10: CONTINUATION behind the last one", PART + CONTINUED + CONTINUED),
  connection(PROTOCOL, "6.10: CONTINUATION behind DATA", OPEN + data(1, "x") + CONTINUED),
  ignored("7: GOAWAY with a code that nobody knows", frame(FRAME.goaway, 0, 0, uint32(0) + uint32(0xff))),
  ignored("7: RST_STREAM with a code that nobody knows", OPEN + reset(1, 0xff)),
];

const MESSAGES: readonly ConformanceCase[] = [
  answered("8.1: GET", headers(1)),
  answered("8.1: HEAD", headers(1, instead(":method", "HEAD"))),
  answered("8.1: POST", OPEN + data(1, "test", true)),
  answered("8.1: POST with trailers", OPEN + data(1, "test") + trailers([["x-test", "ok"]])),
  stream(
    PROTOCOL,
    "8.1: a second HEADERS that does not end the stream",
    OPEN + data(1, "x") + trailers([["x-test", "ok"]], false),
  ),
  stream(PROTOCOL, "8.1: the same behind the answer", OPEN, ANSWERED, trailers([["x-test", "ok"]], false)),
  stream(PROTOCOL, "8.2.1: a name in upper case", headers(1, [...GET, ["X-TEST", "ok"]])),
  stream(PROTOCOL, "8.2.2: Connection", headers(1, [...GET, ["connection", "keep-alive"]])),
  stream(PROTOCOL, "8.2.2: TE that is not `trailers`", headers(1, [...GET, ["te", "trailers, deflate"]])),
  stream(PROTOCOL, "8.3: a pseudo-field that nobody knows", headers(1, [...GET, [":test", "ok"]])),
  stream(PROTOCOL, "8.3: a pseudo-field of answers", headers(1, [...GET, [":status", "200"]])),
  stream(PROTOCOL, "8.3: a pseudo-field among trailers", OPEN + trailers([[":method", "200"]])),
  stream(PROTOCOL, "8.3: the same behind the answer", OPEN, ANSWERED, trailers([[":method", "200"]])),
  stream(
    PROTOCOL,
    "8.3: a pseudo-field behind a field",
    headers(1, [...without(":path"), ["x-test", "ok"], [":path", "/"]]),
  ),
  stream(PROTOCOL, "8.3.1: an empty :path", headers(1, instead(":path", ""))),
  stream(PROTOCOL, "8.3.1: no :method", headers(1, without(":method"))),
  stream(PROTOCOL, "8.3.1: no :scheme", headers(1, without(":scheme"))),
  stream(PROTOCOL, "8.3.1: no :path", headers(1, without(":path"))),
  stream(PROTOCOL, "8.3.1: :method twice", headers(1, [[":method", "GET"], ...GET])),
  stream(PROTOCOL, "8.3.1: :scheme twice", headers(1, [[":scheme", "http"], ...GET])),
  stream(PROTOCOL, "8.3.1: :path twice", headers(1, [[":path", "/"], ...GET])),
  stream(
    PROTOCOL,
    "8.1.1: a Content-Length that is not that of DATA",
    headers(1, [...POST, ["content-length", "1"]], { end: false }) + data(1, "test", true),
  ),
  stream(
    PROTOCOL,
    "8.1.1: a Content-Length that is not that of all DATA",
    headers(1, [...POST, ["content-length", "1"]], { end: false }) + data(1, "te") + data(1, "st", true),
  ),
  stream(
    PROTOCOL,
    "8.1.1: the same behind the answer",
    headers(1, [...POST, ["content-length", "1"]], { end: false }),
    ANSWERED,
    data(1, "test", true),
  ),
  connection(PROTOCOL, "8.4: PUSH_PROMISE", frame(FRAME.pushPromise, 4, 1, uint32(3) + block(GET))),
];

const NO_CACHE = "\x86\xa8\xeb\x10\x64\x9c\xbf";
const CUSTOM_KEY = "\x88\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f";
const CUSTOM_VALUE = "\x89\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf";
const PLAIN = "\x04test";

/** Mostly the strings of RFC 7541 appendix C.4, in each representation of section 6. */
const HPACK: readonly ConformanceCase[] = [
  answered(
    "HPACK 6.1: an index",
    frame(FRAME.headers, 5, 1, `\x82\x86\x84${block([[":authority", "a.example"]])}\x90`),
  ),
  answered("HPACK 6.2.1: kept, a name of the table", encoded(`\x7a${PLAIN}`)),
  answered("HPACK 6.2.1: the same in Huffman's code", encoded(`\x7a${NO_CACHE}`)),
  answered("HPACK 6.2.1: kept, a new name", encoded(`\x40${PLAIN}${PLAIN}`)),
  answered("HPACK 6.2.1: the same in Huffman's code", encoded(`\x40${CUSTOM_KEY}${CUSTOM_VALUE}`)),
  answered("HPACK 6.2.2: not kept, a name of the table", encoded(`\x0f\x2b${PLAIN}`)),
  answered("HPACK 6.2.2: the same in Huffman's code", encoded(`\x0f\x2b${NO_CACHE}`)),
  answered("HPACK 6.2.2: not kept, a new name", encoded(`\0${PLAIN}${PLAIN}`)),
  answered("HPACK 6.2.2: the same in Huffman's code", encoded(`\0${CUSTOM_KEY}${CUSTOM_VALUE}`)),
  answered("HPACK 6.2.3: never kept, a name of the table", encoded(`\x1f\x2b${PLAIN}`)),
  answered("HPACK 6.2.3: the same in Huffman's code", encoded(`\x1f\x2b${NO_CACHE}`)),
  answered("HPACK 6.2.3: never kept, a new name", encoded(`\x10${PLAIN}${PLAIN}`)),
  answered("HPACK 6.2.3: the same in Huffman's code", encoded(`\x10${CUSTOM_KEY}${CUSTOM_VALUE}`)),
  answered("HPACK 6.3: a size", encoded("", "\x20")),
  answered("HPACK 6.3: two sizes", encoded("", "\x20\x3f\xe1\x1f")),
  connection(COMPRESSION, "HPACK 2.3.3: an index beyond both tables", encoded("\xc6")),
  connection(COMPRESSION, "HPACK 2.3.3: a name beyond both tables", encoded(`\x7f\x07${PLAIN}`)),
  connection(COMPRESSION, "HPACK 4.2: a size behind the fields", encoded("\x20")),
  connection(
    COMPRESSION,
    "HPACK 5.2: more than seven bits of padding",
    encoded(`\0${CUSTOM_KEY.replace("\x88", "\x8a")}\xff\xff${PLAIN}`),
  ),
  connection(COMPRESSION, "HPACK 5.2: padding of zeros", encoded(`\0\x81\x18${PLAIN}`)),
  connection(COMPRESSION, "HPACK 5.2: the end-of-string symbol", encoded(`\0\x84\xff\xff\xff\xff${PLAIN}`)),
  connection(COMPRESSION, "HPACK 6.1: index 0", encoded("\x80")),
  connection(COMPRESSION, "HPACK 6.3: a size beyond the limit", encoded("", "\x3f\xe1\x7f")),
];

export const SERVER_CASES: readonly ConformanceCase[] = [
  ...FRAMES,
  ...STATES,
  ...DEFINITIONS,
  ...MESSAGES,
  ...HPACK,
];
