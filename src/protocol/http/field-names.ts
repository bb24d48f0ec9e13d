/**
 * The field names that a proxy must know, as small numbers. A name is recognised from its length, its first
 * letter and its last but one (one table look-up), then compared; one that is merely carried costs no more than that.
 */
import { HYPHEN, LOWER, UNDERSCORE } from "./grammar.ts";

/** For the proxy itself: it may hold a token, and is never passed on. */
export const EXPLAIN = "x-portward-explain";

/** Below 32, so that a set of them is the bits of one number. */
export const FIELD = {
  other: 0,
  /** Set on a field that `Connection` names, and known of `EXPLAIN`: it ends here whatever it is called. */
  nominated: 1,
  /** A spelling with `_` of a field in `FORGEABLE`. */
  forgedAlias: 2,
  /** A spelling with `_` of a field in `FRAMING`. */
  framingAlias: 3,
  host: 4,
  connection: 5,
  "keep-alive": 6,
  "proxy-connection": 7,
  "transfer-encoding": 8,
  "content-length": 9,
  te: 10,
  trailer: 11,
  upgrade: 12,
  "http2-settings": 13,
  "proxy-authenticate": 14,
  "proxy-authorization": 15,
  expect: 16,
  "max-forwards": 17,
  via: 18,
  forwarded: 19,
  "x-forwarded-for": 20,
  "x-forwarded-proto": 21,
  "x-forwarded-host": 22,
  "x-request-id": 23,
  "x-real-ip": 24,
  /** Every other `X-Forwarded-…`: Port, Server, Prefix, Ssl, User … */
  "x-forwarded-": 25,
  /** Several in HTTP/2 are one in HTTP/1.1 (RFC 9113 section 8.2.3). */
  cookie: 26,
  /** RFC 9218: in which order a client wants its answers. */
  priority: 27,
  /** RFC 9440. */
  "client-cert": 28,
  "client-cert-chain": 29,
  "x-client-cert-subject": 30,
  "x-client-cert-san": 31,
} as const;

export type FieldId = (typeof FIELD)[keyof typeof FIELD];

/** Fields that speak of this connection only and end at each hop (RFC 9110 section 7.6.1). */
export const HOP_BY_HOP: number = setOf(
  FIELD.nominated,
  FIELD.connection,
  FIELD["keep-alive"],
  FIELD["proxy-connection"],
  FIELD["transfer-encoding"],
  FIELD.te,
  FIELD.upgrade,
  FIELD["http2-settings"],
  FIELD["proxy-authenticate"],
  FIELD["proxy-authorization"],
);

/** What is said of a client's certificate. */
export const CLIENT_CERTIFICATE: number = setOf(
  FIELD["client-cert"],
  FIELD["client-cert-chain"],
  FIELD["x-client-cert-subject"],
  FIELD["x-client-cert-san"],
);

/** Fields that frame, route or steer the message come too late in a trailer (RFC 9110 section 6.5.1). */
export const FORBIDDEN_TRAILERS: number =
  HOP_BY_HOP |
  setOf(
    FIELD.trailer,
    FIELD.host,
    FIELD["content-length"],
    FIELD.framingAlias,
    FIELD.expect,
    FIELD["max-forwards"],
  );

/** Fields that a client may not set unless it is a trusted proxy: an upstream would believe them. */
export const FORGEABLE: number =
  CLIENT_CERTIFICATE |
  setOf(
    FIELD.forwarded,
    FIELD["x-forwarded-for"],
    FIELD["x-forwarded-proto"],
    FIELD["x-forwarded-host"],
    FIELD["x-request-id"],
    FIELD["x-real-ip"],
    FIELD["x-forwarded-"],
  );

/** Fields whose second spelling (`content_length`) would change the framing of a message. */
export const FRAMING: number = setOf(FIELD["transfer-encoding"], FIELD["content-length"]);

/**
 * Recognises `bytes[start, end)`, letter case aside. A `_` counts as `-` and makes the answer an alias, if
 * it is an answer at all.
 */
export function fieldId(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const first = bytes[start]! | LETTER_CASE;
  const at = slot(length, first, bytes[end - 2]! | LETTER_CASE);
  return LENGTHS[at] === length || first === LETTER_X ? compared(bytes, start, length, at) : FIELD.other;
}

/** Whether `id` is one of the set that `setOf` made. */
export function isIn(set: number, id: number): boolean {
  return ((set >>> id) & 1) === 1;
}

/** Ids as the bits of one number. */
export function setOf(...ids: number[]): number {
  return ids.reduce((set, id) => set | (1 << id), 0);
}

function compared(bytes: Uint8Array, start: number, length: number, at: number): number {
  if (LENGTHS[at] === length) {
    const id = spelled(bytes, start, NAMES[at]!, IDS[at]!);
    if (id !== FIELD.other) return id;
  }
  return length > GENERIC.length ? spelled(bytes, start, GENERIC, FIELD["x-forwarded-"]) : FIELD.other;
}

/** `id`, or that of its alias, if `name` begins at `start`. */
function spelled(bytes: Uint8Array, start: number, name: Uint8Array, id: number): number {
  let answer = id;
  for (let i = 0; i < name.length; i++) {
    let byte = LOWER[bytes[start + i]!]!;
    if (byte === UNDERSCORE) {
      byte = HYPHEN;
      answer = aliasOf(id);
    }
    if (byte !== name[i]) return FIELD.other;
  }
  return answer;
}

function aliasOf(id: number): number {
  if (isIn(FORGEABLE, id)) return FIELD.forgedAlias;
  return isIn(FRAMING, id) ? FIELD.framingAlias : FIELD.other;
}

const SLOTS = 128;
const LETTER_X = 0x78;
/** Set in a lower-case letter; names begin with one, and have one before their last. */
const LETTER_CASE = 0x20;
const GENERIC = asBytes("x-forwarded-");
const LENGTHS = new Uint8Array(SLOTS);
const IDS = new Uint8Array(SLOTS);
const NAMES: readonly Uint8Array[] = buildNames();

function slot(length: number, first: number, lastButOne: number): number {
  return (length + first * 3 + lastButOne * 16) & (SLOTS - 1);
}

function buildNames(): Uint8Array[] {
  const names: Uint8Array[] = new Array(SLOTS).fill(GENERIC);
  for (const [text, id] of Object.entries(FIELD)) {
    if (id < FIELD.host || id === FIELD["x-forwarded-"]) continue;
    enter(names, text, id);
  }
  enter(names, EXPLAIN, FIELD.nominated);
  return names;
}

function enter(names: Uint8Array[], text: string, id: number): void {
  const name = asBytes(text);
  const at = slot(name.length, name[0]!, name.at(-2)!);
  if (LENGTHS[at] !== 0) throw new Error(`field-names: '${text}' shares a slot; change slot()`);
  names[at] = name;
  LENGTHS[at] = name.length;
  IDS[at] = id;
}

function asBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
