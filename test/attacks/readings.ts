/**
 * Upstreams that forgive: each reading takes bytes for messages in a way in which some server does or did. A
 * message that is safe means the same in all of them.
 */
import type { PlainRequest } from "./attack-case.ts";

export interface Reading {
  readonly name: string;
  /** Ends a line. */
  readonly lineEnd: RegExp;
  /** Ends a head. */
  readonly headEnd: RegExp;
  /** Which of several fields of one name counts. */
  readonly prefers: "first" | "last" | "joined";
  /** Which counts when both framing fields are there. */
  readonly framing: "length" | "coding";
  /** How a name is seen. */
  readonly nameOf: (name: string) => string;
  readonly isChunked: (coding: string) => boolean;
  readonly length: (value: string) => number;
  readonly chunkSize: (line: string) => number;
}

/** What a reading finds: messages that are whole, and whether something unfinished is behind them. */
export interface Found {
  readonly requests: readonly PlainRequest[];
  /** Of each request, what the upstream would believe of its client. */
  readonly forwardedFor: readonly string[];
  readonly unfinished: boolean;
}

export function readAll(text: string, reading: Reading): Found {
  const requests: PlainRequest[] = [];
  const forwardedFor: string[] = [];
  let rest = text;
  for (;;) {
    rest = rest.replace(/^[\r\n]+/, "");
    const end = reading.headEnd.exec(rest);
    if (end === null) return { requests, forwardedFor, unfinished: rest !== "" };
    const lines = rest.slice(0, end.index).split(reading.lineEnd);
    const body = takeBody(rest.slice(end.index + end[0].length), lines.slice(1), reading);
    if (body === null) return { requests, forwardedFor, unfinished: true };
    const [method = "", target = ""] = lines[0]!.split(/[ \t]+/);
    requests.push({ method, target, body: body.text });
    forwardedFor.push(value(lines, "x-forwarded-for", reading) ?? "");
    rest = body.rest;
  }
}

interface Body {
  readonly text: string;
  readonly rest: string;
}

function takeBody(text: string, lines: readonly string[], reading: Reading): Body | null {
  const length = value(lines, "content-length", reading);
  const coding = value(lines, "transfer-encoding", reading);
  const chunked = coding !== null && reading.isChunked(coding.toLowerCase());
  if (chunked && (length === null || reading.framing === "coding")) return takeChunks(text, reading);
  const bytes = length === null ? 0 : reading.length(length);
  return text.length < bytes ? null : { text: text.slice(0, bytes), rest: text.slice(bytes) };
}

function takeChunks(text: string, reading: Reading): Body | null {
  let body = "";
  let rest = text;
  for (;;) {
    const line = reading.lineEnd.exec(rest);
    if (line === null) return null;
    const size = reading.chunkSize(rest.slice(0, line.index));
    rest = rest.slice(line.index + line[0].length);
    if (!(size > 0)) break;
    if (rest.length < size) return null;
    body += rest.slice(0, size);
    rest = rest.slice(size);
    const after = reading.lineEnd.exec(rest);
    if (after === null) return null;
    // Some look for the next line wherever it may be.
    rest = rest.slice(after.index + after[0].length);
  }
  return takeTrailers(body, rest, reading);
}

function takeTrailers(body: string, text: string, reading: Reading): Body | null {
  let rest = text;
  for (;;) {
    const line = reading.lineEnd.exec(rest);
    if (line === null) return null;
    const isLast = line.index === 0;
    rest = rest.slice(line.index + line[0].length);
    if (isLast) return { text: body, rest };
  }
}

function value(lines: readonly string[], name: string, reading: Reading): string | null {
  const values: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 0 || reading.nameOf(line.slice(0, colon)) !== name) continue;
    values.push(line.slice(colon + 1).trim());
  }
  if (values.length === 0) return null;
  if (reading.prefers === "joined") return values.join(", ");
  return reading.prefers === "first" ? values[0]! : values.at(-1)!;
}

const exactName = (name: string): string => name.toLowerCase();
const looseName = (name: string): string => name.trim().toLowerCase().replaceAll("_", "-");
const cName = (name: string): string => looseName(name.split("\0")[0]!);

const CRLF = { lineEnd: /\r\n/, headEnd: /\r\n\r\n/ };
const LF = { lineEnd: /\r?\n/, headEnd: /\r?\n\r?\n/ };
const ANY = { lineEnd: /\r\n|\r|\n/, headEnd: /(?:\r\n|\r(?!\n)|\n)(?:\r\n|\r(?!\n)|\n)/ };

const strictNumber = (text: string): number => (/^\d+$/.test(text) ? Number(text) : 0);
const looseNumber = (text: string): number => Number.parseInt(text.replace(/^\+/, ""), 10) || 0;
const lastNumber = (text: string): number => looseNumber(text.split(",").at(-1)!.trim());
const strictHex = (text: string): number => (/^[0-9a-f]+$/i.test(text) ? Number.parseInt(text, 16) : -1);
const looseHex = (text: string): number => Number.parseInt(text.trim().replace(/^\+/, ""), 16) || 0;
const hexBeforeSemicolon = (text: string): number => looseHex(text.split(";")[0]!);
/** 32 bits, as C programs have counted. */
const narrowHex = (text: string): number => looseHex(text.split(";")[0]!) & 0xffff_ffff;

const exactly = (coding: string): boolean => coding === "chunked";
const anywhere = (coding: string): boolean => coding.includes("chunked");
const lastOf = (coding: string): boolean => /(^|[\s,])chunked[\s;]*$/.test(coding);

export const READINGS: readonly Reading[] = [
  reading("strict", CRLF, "first", "coding", exactName, exactly, strictNumber, hexBeforeSemicolon),
  reading("length wins", CRLF, "first", "length", exactName, anywhere, looseNumber, looseHex),
  reading("last length wins", CRLF, "last", "length", looseName, lastOf, looseNumber, looseHex),
  reading("lists", CRLF, "joined", "coding", looseName, anywhere, lastNumber, hexBeforeSemicolon),
  reading("LF ends lines", LF, "last", "coding", looseName, anywhere, looseNumber, looseHex),
  reading("LF, first length", LF, "first", "length", looseName, exactly, looseNumber, narrowHex),
  reading("CR ends lines", ANY, "first", "coding", looseName, anywhere, looseNumber, looseHex),
  reading("CR, length wins", ANY, "last", "length", cName, anywhere, lastNumber, narrowHex),
  reading("C strings", LF, "first", "coding", cName, lastOf, looseNumber, narrowHex),
  reading("strict hex", CRLF, "last", "coding", exactName, exactly, strictNumber, strictHex),
];

function reading(
  name: string,
  ends: Pick<Reading, "lineEnd" | "headEnd">,
  prefers: Reading["prefers"],
  framing: Reading["framing"],
  nameOf: Reading["nameOf"],
  isChunked: Reading["isChunked"],
  length: Reading["length"],
  chunkSize: Reading["chunkSize"],
): Reading {
  return { name, ...ends, prefers, framing, nameOf, isChunked, length, chunkSize };
}
