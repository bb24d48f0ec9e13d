/**
 * Whatever a peer sends: nothing escapes but events and faults, the events are the same however the bytes are cut, what
 * is written in answer are whole frames, and behind a fault comes nothing.
 */
import { expect, test } from "bun:test";
import { createRandom, type Random, randomBelow } from "../../src/base/random.ts";
import { FRAME } from "../../src/protocol/h2/frame.ts";
import { CLIENT_CASES } from "./conformance-client.cases.ts";
import { type ConformanceCase, SERVER_CASES } from "./conformance-server.cases.ts";
import {
  block,
  data,
  type Fields,
  frame,
  GET,
  HELLO,
  headers,
  POST,
  ping,
  reset,
  settings,
  uint32,
  windowUpdate,
} from "./frames.ts";
import { ClientScript, ServerScript } from "./reader-script.ts";
import { RULE_CASES } from "./rules.cases.ts";

const RUNS = 3_000;
/** What misbehaving targets say, and what clients say, of the tables. */
const KNOWN = {
  client: [...RULE_CASES.map(({ bytes }) => bytes), ...SERVER_CASES.map(bytesOf)],
  server: CLIENT_CASES.map(bytesOf),
};
const OK: Fields = [[":status", "200"]];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[randomBelow(random, list.length)]!;
}

/** A frame that may be right, or anything. */
function anyFrame(random: Random, asServer: boolean): string {
  const id = pick(random, [0, 1, 1, 3, 3, 5, 7, 2, 9, 0x7fffffff]);
  const noise = Array.from({ length: randomBelow(random, 40) }, () =>
    String.fromCharCode(randomBelow(random, 256)),
  ).join("");
  const fields = asServer
    ? pick(random, [OK, GET, [...OK, ["content-length", "3"]] as Fields])
    : pick(random, [GET, POST, OK]);
  return pick(random, [
    () => headers(id, fields, { end: randomBelow(random, 2) === 0, whole: randomBelow(random, 4) > 0 }),
    () => headers(id, fields, { end: false }),
    () => data(id, noise, randomBelow(random, 3) === 0),
    () => frame(FRAME.data, 8, id, noise),
    () => frame(FRAME.continuation, randomBelow(random, 8), id, block([["a", "b"]])),
    () => settings([randomBelow(random, 10), pick(random, [0, 1, 2, 100, 65_535, 0x7fffffff, 0x80000000])]),
    () => windowUpdate(id, pick(random, [0, 1, 1_000, 0x7fffffff])),
    () => reset(id, randomBelow(random, 16)),
    () => ping(),
    () => frame(FRAME.priority, 0, id, uint32(randomBelow(random, 4)) + String.fromCharCode(16)),
    () => frame(FRAME.priorityUpdate, 0, 0, `${uint32(id)}u=1, i`),
    () => frame(FRAME.goaway, 0, 0, uint32(randomBelow(random, 4)) + uint32(0)),
    () => frame(randomBelow(random, 24), randomBelow(random, 256), id, noise),
    () => frame(FRAME.headers, 5, id, noise),
  ])();
}

function mutated(random: Random, bytes: string): string {
  const at = randomBelow(random, bytes.length + 1);
  switch (randomBelow(random, 4)) {
    case 0:
      return bytes.slice(0, at) + String.fromCharCode(randomBelow(random, 256)) + bytes.slice(at + 1);
    case 1:
      return bytes.slice(0, at) + bytes.slice(at + 1 + randomBelow(random, 8));
    case 2:
      return bytes.slice(0, at) + String.fromCharCode(randomBelow(random, 256)) + bytes.slice(at);
    default:
      return bytes;
  }
}

function cut(random: Random, bytes: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + randomBelow(random, pick(random, [2, 10, 60]));
    pieces.push(bytes.slice(at, at + length));
    at += length;
  }
  return pieces;
}

function bytesOf({ steps }: ConformanceCase): string {
  return steps.filter((step) => typeof step === "string").join("");
}

const NEW = crypto.getRandomValues(new Uint32Array(1))[0]!;
for (const [asServer, seed, what] of [
  [false, 5, "a server"],
  [true, 4, "a client"],
  [false, NEW, `a server, from a new seed`],
  [true, NEW, `a client, from a new seed`],
] as const) {
  test(`${RUNS} connections to ${what}`, () => {
    if (seed === NEW) console.log(`seed ${seed}`);
    const random = createRandom([1, 2, 3, seed]);
    const hello = asServer ? HELLO.slice(24) : HELLO;
    for (let run = 0; run < RUNS; run++) {
      const seeds = Array.from({ length: 1 + randomBelow(random, 6) }, () =>
        randomBelow(random, 4) === 0
          ? pick(random, KNOWN[asServer ? "server" : "client"]).slice(0, 2_000)
          : anyFrame(random, asServer),
      );
      let bytes = hello + seeds.join("");
      for (let i = randomBelow(random, 3); i > 0; i--) bytes = mutated(random, bytes);
      const whole = play(asServer, [bytes]);
      const pieces = cut(random, bytes);
      expect({ bytes, events: play(asServer, pieces) }).toEqual({ bytes, events: whole });
      const fault = whole.findIndex((event) => event.startsWith("fault"));
      if (fault >= 0) expect(whole.slice(fault + 1).filter((event) => !event.startsWith(">"))).toEqual([]);
    }
  }, 60_000);
}

function play(asServer: boolean, pieces: readonly string[]): string[] {
  const script = asServer ? new ClientScript(["GET", "HEAD", "GET", "CONNECT"]) : new ServerScript();
  for (const piece of pieces) script.push(piece);
  script.tell();
  return [...script.events];
}
