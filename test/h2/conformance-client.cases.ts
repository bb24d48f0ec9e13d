/**
 * What targets of HTTP/2 may do wrong, and what RFC 9113 lets the suites that judge clients expect of us: each row on a
 * connection of its own, on which the target has sent empty SETTINGS and has got one request, on stream 1.
 */
import { FLAG, FRAME } from "../../src/protocol/h2/frame.ts";
import type { ConformanceCase } from "./conformance-server.cases.ts";
import { block, data, type Fields, frame, ping, reset, settings, uint32, windowUpdate } from "./frames.ts";

const PROTOCOL = 1;
const FLOW = 3;
const STREAM_CLOSED = 5;
const FRAME_SIZE = 6;
const COMPRESSION = 9;

const PONG = /^ping ack$/;
const OK: Fields = [
  [":status", "200"],
  ["content-type", "text/plain"],
];

function ignored(name: string, steps: string): ConformanceCase {
  return { name, steps: [steps + ping()], expected: PONG, ends: false };
}

function sees(name: string, expected: RegExp, steps: string): ConformanceCase {
  return { name, steps: [steps], expected, ends: false };
}

function stream(code: number, name: string, steps: string): ConformanceCase {
  return { name, steps: [steps], expected: new RegExp(`^rstStream 1 ${code}$`), ends: false };
}

function connection(code: number, name: string, steps: string): ConformanceCase {
  return { name, steps: [steps], expected: new RegExp(`^goaway \\d+ ${code}$`), ends: true };
}

const answer = (end: boolean, on = 1, fields = OK): string =>
  frame(FRAME.headers, FLAG.endHeaders | (end ? FLAG.endStream : 0), on, block(fields));
const PART = frame(FRAME.headers, FLAG.endStream, 1, block(OK));
const MORE = (last: boolean, on = 1): string =>
  frame(FRAME.continuation, last ? FLAG.endHeaders : 0, on, block([["x-more", "1"]]));
const priority = (id: number): string => frame(FRAME.priority, 0, id, `${uint32(0)}\xff`);
const TOO_LONG: Fields = [...OK, ["x", "y".repeat(16_400)]];

export const CLIENT_CASES: readonly ConformanceCase[] = [
  sees("3.4: SETTINGS are acknowledged", /^settings ack$/, ""),
  ignored("4.1: a type that nobody knows", frame(0xbe, 0, 0, "12345678")),
  sees("4.1: flags that mean nothing", PONG, frame(FRAME.ping, 0x16, 0, "12345678")),
  sees("4.1: the reserved bit", PONG, frame(FRAME.ping, 0x16, 0x80000000, "12345678")),
  ignored("4.2: DATA of 16,384 bytes", answer(false) + data(1, "x".repeat(16_384), true)),
  connection(FRAME_SIZE, "4.2: DATA of 16,385 bytes", answer(false) + data(1, "x".repeat(16_385), true)),
  connection(FRAME_SIZE, "4.2: HEADERS of more than 16,384 bytes", answer(true, 1, TOO_LONG)),
  connection(COMPRESSION, "4.3: a block that breaks off", frame(FRAME.headers, 5, 1, "\x40")),

  connection(PROTOCOL, "5.1: idle, DATA", data(2, "test", true)),
  connection(PROTOCOL, "5.1: idle, RST_STREAM", reset(2)),
  connection(PROTOCOL, "5.1: idle, WINDOW_UPDATE", windowUpdate(2, 100)),
  connection(PROTOCOL, "5.1: idle, CONTINUATION", MORE(true, 2)),
  connection(STREAM_CLOSED, "5.1: reset, DATA", answer(false) + reset(1) + data(1, "test", true)),
  connection(STREAM_CLOSED, "5.1: reset, HEADERS", answer(false) + reset(1) + answer(true)),
  connection(PROTOCOL, "5.1: reset, CONTINUATION", answer(false) + reset(1) + MORE(true)),
  connection(STREAM_CLOSED, "5.1: closed, DATA", answer(true) + data(1, "test", true)),
  connection(STREAM_CLOSED, "5.1: closed, HEADERS", answer(true) + answer(true)),
  connection(PROTOCOL, "5.1: closed, CONTINUATION", answer(true) + MORE(true)),
  connection(PROTOCOL, "5.1.1: an answer that nobody asked for", answer(true, 101)),
  connection(PROTOCOL, "5.1.1: an even number", answer(true, 2)),
  connection(FRAME_SIZE, "5.4.1: GOAWAY, and the close", frame(FRAME.ping, 0, 0, "123")),
  ignored("5.5: an extension's frame", frame(0xbe, 0, 1, "12345678")),
  connection(PROTOCOL, "5.5: an extension's frame within a block", PART + frame(0xbe, 0, 0, "") + MORE(true)),

  connection(PROTOCOL, "6.1: DATA on stream 0", data(0, "test", true)),
  connection(STREAM_CLOSED, "6.1: DATA behind the end", answer(false) + data(1, "x", true) + data(1, "test")),
  connection(
    PROTOCOL,
    "6.1: as much padding as payload",
    answer(false) + frame(FRAME.data, 9, 1, "\x05Test"),
  ),
  connection(PROTOCOL, "6.2: PRIORITY before the block is whole", PART + priority(1)),
  connection(PROTOCOL, "6.2: HEADERS on stream 0", answer(true, 0)),
  connection(PROTOCOL, "6.2: more padding than payload", frame(FRAME.headers, 0x0d, 1, `\xff${block(OK)}`)),
  connection(PROTOCOL, "6.3: PRIORITY on stream 0", priority(0)),
  stream(FRAME_SIZE, "6.3: PRIORITY of four bytes", answer(false) + frame(FRAME.priority, 0, 1, "abcd")),
  stream(FRAME_SIZE, "6.3: the same behind the end", answer(true) + frame(FRAME.priority, 0, 1, "abcd")),
  connection(PROTOCOL, "6.4: RST_STREAM on stream 0", reset(0)),
  connection(PROTOCOL, "6.4: RST_STREAM on an idle stream", reset(3)),
  connection(FRAME_SIZE, "6.4: RST_STREAM of three bytes", frame(FRAME.rstStream, 0, 1, "\0\0\0")),
  connection(FRAME_SIZE, "6.5: an acknowledgement with payload", frame(FRAME.settings, FLAG.ack, 0, "\0")),
  connection(PROTOCOL, "6.5: SETTINGS on a stream", frame(FRAME.settings, 0, 1, `\0\x03${uint32(100)}`)),
  connection(FRAME_SIZE, "6.5: SETTINGS of three bytes", frame(FRAME.settings, 0, 0, "\0\x03\0")),
  connection(PROTOCOL, "6.5.2: ENABLE_PUSH from a server", settings([2, 1])),
  connection(FLOW, "6.5.2: INITIAL_WINDOW_SIZE of 2^31", settings([4, 0x80000000])),
  connection(PROTOCOL, "6.5.2: MAX_FRAME_SIZE of 16,383", settings([5, 16_383])),
  connection(PROTOCOL, "6.5.2: MAX_FRAME_SIZE of 2^24", settings([5, 16_777_216])),
  ignored("6.5.2: a setting that nobody knows", settings([0xff, 1])),
  sees("6.5.3: each is acknowledged", /^settings ack$/, settings([3, 100])),
  connection(PROTOCOL, "6.6: PUSH_PROMISE", frame(FRAME.pushPromise, 4, 1, uint32(2) + block(OK))),
  sees("6.7: PING", PONG, ping()),
  ignored("6.7: an acknowledgement of nothing", ping("invalid.", true)),
  connection(PROTOCOL, "6.7: PING on a stream", frame(FRAME.ping, 0, 1, "12345678")),
  connection(FRAME_SIZE, "6.7: PING of six bytes", frame(FRAME.ping, 0, 0, "123456")),
  connection(PROTOCOL, "6.8: GOAWAY on a stream", frame(FRAME.goaway, 0, 1, uint32(0) + uint32(0))),
  connection(PROTOCOL, "6.9: an increment of zero", windowUpdate(0, 0)),
  stream(PROTOCOL, "6.9: an increment of zero for a stream", answer(false) + windowUpdate(1, 0)),
  connection(FRAME_SIZE, "6.9: WINDOW_UPDATE of three bytes", frame(FRAME.windowUpdate, 0, 0, "\0\0\x01")),
  connection(
    FLOW,
    "6.9.1: a window beyond 2^31-1",
    windowUpdate(0, 0x7fffffff) + windowUpdate(0, 0x7fffffff),
  ),
  stream(
    FLOW,
    "6.9.1: a stream's window beyond 2^31-1",
    answer(false) + windowUpdate(1, 0x7fffffff) + windowUpdate(1, 0x7fffffff),
  ),
  ignored("6.10: CONTINUATION, twice", PART + MORE(false) + MORE(true)),
  connection(PROTOCOL, "6.10: DATA in place of CONTINUATION", PART + MORE(false) + data(1, "test")),
  connection(PROTOCOL, "6.10: CONTINUATION on stream 0", PART + MORE(true, 0)),
  connection(PROTOCOL, "6.10: CONTINUATION behind a whole block", answer(false) + MORE(true)),
  connection(PROTOCOL, "6.10: CONTINUATION behind the last one", PART + MORE(true) + MORE(true)),
  connection(PROTOCOL, "6.10: CONTINUATION behind DATA", answer(false) + data(1, "test") + MORE(true)),
];
