/**
 * W3C Trace Context: the fields `traceparent` and `tracestate` (level 1, a recommendation; what level 2 adds is
 * taken as well). What is not exactly right is as if it had not come, so that nobody carries a stranger's mistake on.
 */

export interface TraceContext {
  /** 32 and 16 hexadecimal digits in lower case, not all of them zero. */
  readonly traceId: string;
  readonly spanId: string;
  /** Of those that we know, see `TRACE_FLAG`. */
  readonly flags: number;
}

export const TRACE_FLAG = {
  sampled: 1,
  /** Level 2: the last seven bytes of the trace id are random. */
  random: 2,
} as const;

/** Null unless it can be believed. A later version is read as far as version 00 goes (section 4.3). */
export function parseTraceparent(text: string): TraceContext | null {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || version === INVALID_VERSION) return null;
  if (version === "00" && rest !== "") return null;
  if (NOTHING.test(traceId!) || NOTHING.test(spanId!)) return null;
  return { traceId: traceId!, spanId: spanId!, flags: Number.parseInt(flags!, 16) & KNOWN_FLAGS };
}

export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-0${flags}`;
}

/** Whether a list, all fields of that name joined, may go on (section 3.3.1). */
export function isTracestate(text: string): boolean {
  const members = text.split(",").map((member) => member.replace(BLANKS_AROUND, ""));
  const keys = members.filter((member) => member !== "").map((member) => MEMBER.exec(member)?.[1]);
  if (keys.length === 0 || keys.length > MAX_MEMBERS || keys.includes(undefined)) return false;
  return new Set(keys).size === keys.length;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(|-.*)$/;
const INVALID_VERSION = "ff";
const NOTHING = /^0+$/;
const KNOWN_FLAGS = TRACE_FLAG.sampled | TRACE_FLAG.random;
const BLANKS_AROUND = /^[ \t]+|[ \t]+$/g;
/** Keys as level 2 has them, which takes all of level 1; values without blanks at their end (sections 3.3.1.3). */
const MEMBER =
  /^([a-z0-9][a-z0-9_\-*/@]{0,255})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MAX_MEMBERS = 32;
