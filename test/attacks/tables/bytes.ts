/**
 * A well-formed request with one byte too many, or one byte wrong, at every place of its head. White space is legal
 * around field values and visible bytes above 127 within them; everything else is refused.
 */
import { type AttackCase, post, refused, SMUGGLED, valid } from "../attack-case.ts";

const BODY = "body";
const PARTS = [
  { text: "POST /path?q=1 HTTP/1.1\r\nHost:", loose: "" },
  { text: " a.example", loose: "ends" },
  { text: "\r\nX-Field:", loose: "" },
  { text: " value", loose: "all" },
  { text: "\r\nContent-Length: 4\r\n\r", loose: "" },
] as const;
const HEAD = PARTS.map(({ text }) => text).join("");
/** The last LF stands apart: a byte behind it belongs to the body. */
const TAIL = `\n${BODY}`;
const PLAIN = post(BODY, "/path?q=1");

const CONTROLS = [...Array(32).keys(), 0x7f].filter((byte) => byte !== 0x09);
const WHITE = [0x09, 0x20];
const HIGH = [0x80, 0x85, 0xa0, 0xff];

export const BYTES: readonly AttackCase[] = [
  ...everyPlace((at) => [...CONTROLS, ...WHITE, ...HIGH].map((byte) => inserted(at, byte))),
  ...everyPlace((at) =>
    [...CONTROLS.filter((byte) => byte !== HEAD.charCodeAt(at)), ...HIGH].map((byte) => replaced(at, byte)),
  ),
];

function everyPlace(at: (place: number) => AttackCase[]): AttackCase[] {
  return Array.from({ length: HEAD.length }, (_, place) => at(place)).flat();
}

function inserted(at: number, byte: number): AttackCase {
  const text = HEAD.slice(0, at) + String.fromCharCode(byte) + HEAD.slice(at) + TAIL;
  return judged(
    `0x${byte.toString(16)} inserted at ${at}`,
    text,
    WHITE.includes(byte) ? isWhiteAllowed(at) : isHighAllowed(at, byte, 0),
  );
}

function replaced(at: number, byte: number): AttackCase {
  const text = HEAD.slice(0, at) + String.fromCharCode(byte) + HEAD.slice(at + 1) + TAIL;
  return judged(
    `0x${byte.toString(16)} instead of ${JSON.stringify(HEAD[at])} at ${at}`,
    text,
    isHighAllowed(at, byte, 1),
  );
}

function judged(what: string, text: string, allowed: boolean): AttackCase {
  return allowed ? valid(what, text, PLAIN) : refused(what, text + SMUGGLED);
}

/** Where a field value begins and ends, behind its colon and before its CR. */
function valueAround(at: number): { start: number; end: number; loose: string } | null {
  let start = 0;
  for (const { text, loose } of PARTS) {
    const end = start + text.length;
    if (loose !== "" && at >= start && at <= end) return { start, end, loose };
    start = end;
  }
  return null;
}

function isWhiteAllowed(at: number): boolean {
  const value = valueAround(at);
  if (value === null) return false;
  return value.loose === "all" || at <= value.start + 1 || at === value.end;
}

/** @param taken bytes of the head that the byte stands for */
function isHighAllowed(at: number, byte: number, taken: number): boolean {
  const value = valueAround(at);
  return HIGH.includes(byte) && value !== null && value.loose === "all" && at + taken <= value.end;
}
