/**
 * Feeds each row of a table to a codec in every way that must not make a difference: whole, byte by byte,
 * cut in two and three at each place, and with the start of something else behind it, which must stay untouched.
 */
import { expect, test } from "bun:test";
import type { CodecLimits } from "../../src/protocol/h1/limits.ts";
import type { AnsweredRequest } from "../../src/protocol/http/response-rules.ts";
import { requestScript, responseScript, type Script, TEST_LIMITS } from "./transcript.ts";

export interface RequestCase {
  readonly name: string;
  /** One character per byte (latin1). */
  readonly bytes: string;
  /** See transcript.ts. */
  readonly events: readonly string[];
  readonly limits?: Partial<CodecLimits>;
  /** One more feed: the sizes of its pieces, the rest being the last. */
  readonly pieces?: readonly number[];
}

export interface ResponseCase extends RequestCase {
  /** What is answered, one per final answer; a plain GET if not said. */
  readonly answers?: readonly Partial<AnsweredRequest>[];
  /** The upstream closes behind the bytes. */
  readonly fin?: boolean;
}

export function feedRequests(table: readonly RequestCase[]): void {
  for (const row of table) {
    const limits = { ...TEST_LIMITS, ...row.limits };
    test(row.name, () => feedCase(row, () => requestScript(limits, messagesIn(row))));
  }
}

export function feedResponses(table: readonly ResponseCase[]): void {
  for (const row of table) {
    const limits = { ...TEST_LIMITS, ...row.limits };
    const requests = (row.answers ?? [{}]).map((request) => ({ ...PLAIN_GET, ...request }));
    test(row.name, () => feedCase(row, () => responseScript(limits, requests)));
  }
}

/** The events of one feed, for tests that make their own bytes. */
export function play(script: Script, chunks: readonly string[], fin = false): readonly string[] {
  for (const chunk of chunks) script.push(chunkOf(chunk));
  if (fin) script.finish();
  return script.events;
}

function feedCase(row: ResponseCase, start: () => Script): void {
  const { bytes, events, fin = false } = row;
  const check = (feed: string, chunks: readonly string[]): void => {
    expect({ feed, events: play(start(), chunks, fin) }).toEqual({ feed, events: [...events] });
  };
  check("whole", [bytes]);
  check("byte by byte", [...bytes]);
  if (bytes.length <= SPLIT_BYTES) {
    for (let at = 1; at < bytes.length; at++) check(`cut at ${at}`, [bytes.slice(0, at), bytes.slice(at)]);
  }
  if (row.pieces !== undefined) check("as it was found", cutInto(bytes, row.pieces));
  if (!fin && events.at(-1) === "end") checkTrailing(row, start);
}

function cutInto(bytes: string, sizes: readonly number[]): string[] {
  let from = 0;
  const pieces = sizes.map((size) => {
    from += size;
    return bytes.slice(from - size, from);
  });
  return [...pieces, bytes.slice(from)];
}

/** What follows the last message belongs to somebody else. */
function checkTrailing(row: ResponseCase, start: () => Script): void {
  const feeds = [[row.bytes + TRAILING], [row.bytes, TRAILING], [...row.bytes, ...TRAILING]];
  for (const chunks of feeds) {
    const script = start();
    expect(play(script, chunks)).toEqual([...row.events]);
    expect(script.takeUnread()?.toString("latin1")).toBe(TRAILING);
  }
}

/** In the middle of other bytes, so that reading beyond a chunk would be noticed. */
export function chunkOf(text: string): Buffer {
  const around = Buffer.from(`${POISON}${text}${POISON}`, "latin1");
  return around.subarray(POISON.length, POISON.length + text.length);
}

/** How many the row is about: those that end, and one that does not. */
function messagesIn(row: RequestCase): number {
  const ended = row.events.filter((event) => event === "end").length;
  return row.events.at(-1) === "end" ? ended : ended + 1;
}

const PLAIN_GET: AnsweredRequest = { method: "GET", upgrade: false, upgradeTo: "" };
const TRAILING = "\0\r\nGET \x80 untouched";
const POISON = "\r\n\r\n0";
/** Longer rows are cut in whole and single bytes only. */
const SPLIT_BYTES = 400;
