/**
 * The field names that a proxy must know, as small numbers. A name is recognised from its length, first
 * and last letter but one (one table look-up), then compared; a name that is merely carried costs no more than that.
 */
import { HYPHEN, LOWER, UNDERSCORE } from "./grammar.ts";

export const FIELD = {
  other: 0,
  /** Set on a field that `Connection` names: it ends here whatever it is called. */
  nominated: 1,
  /** An underscore spelling of a forwarded field, see `FORGEABLE`. */
  alias: 2,
  host: 3,
  connection: 4,
  "keep-alive": 5,
  "proxy-connection": 6,
  "transfer-encoding": 7,
  "content-length": 8,
  te: 9,
  trailer: 10,
  upgrade: 11,
  "http2-settings": 12,
  "proxy-authenticate": 13,
  "proxy-authorization": 14,
  expect: 15,
  "max-forwards": 16,
  via: 17,
  forwarded: 18,
  "x-forwarded-for": 19,
  "x-forwarded-proto": 20,
  "x-forwarded-host": 21,
  "x-request-id": 22,
  "x-real-ip": 23,
  "x-forwarded-port": 24,
  "x-forwarded-server": 25,
} as const;

export type FieldId = (typeof FIELD)[keyof typeof FIELD];

/** Fields that speak of this connection only and end at each hop (RFC 9110 section 7.6.1). */
export const HOP_BY_HOP: number = bits(
  FIELD.nominated,
  FIELD.alias,
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

/** Fields that a client may not set unless it is a trusted proxy: an upstream would believe them. */
export const FORGEABLE: number = bits(
  FIELD.forwarded,
  FIELD["x-forwarded-for"],
  FIELD["x-forwarded-proto"],
  FIELD["x-forwarded-host"],
  FIELD["x-request-id"],
  FIELD["x-real-ip"],
  FIELD["x-forwarded-port"],
  FIELD["x-forwarded-server"],
);

/** Fields whose second spelling (`content_length`) would change the framing or routing of a message. */
export const FRAMING: number = bits(
  FIELD.host,
  FIELD.connection,
  FIELD["transfer-encoding"],
  FIELD["content-length"],
  FIELD.te,
  FIELD.trailer,
  FIELD.upgrade,
  FIELD.expect,
);

/** Recognises `bytes[start, end)`, letter case aside. `_` counts as `-` and makes the answer negative. */
export function fieldId(bytes: Uint8Array, start: number, end: number): number {
  const candidate = TABLE[slot(end - start, LOWER[bytes[start]!]!, LOWER[bytes[end - 2]!]!)];
  if (candidate === undefined || candidate.name.length !== end - start) return FIELD.other;
  const name = candidate.name;
  let sign = 1;
  for (let i = 0; i < name.length; i++) {
    let byte = LOWER[bytes[start + i]!]!;
    if (byte === UNDERSCORE) {
      byte = HYPHEN;
      sign = -1;
    }
    if (byte !== name[i]) return FIELD.other;
  }
  return sign * candidate.id;
}

/** Whether `id` is one of the set that `bits` made. */
export function isIn(set: number, id: number): boolean {
  return ((set >>> id) & 1) === 1;
}

interface Candidate {
  readonly name: Uint8Array;
  readonly id: number;
}

const SLOTS = 128;
const TABLE: readonly (Candidate | undefined)[] = buildTable();

function slot(length: number, first: number, lastButOne: number): number {
  return (length + first + lastButOne * 4) & (SLOTS - 1);
}

function buildTable(): (Candidate | undefined)[] {
  const table: (Candidate | undefined)[] = new Array(SLOTS).fill(undefined);
  for (const [text, id] of Object.entries(FIELD)) {
    if (id < FIELD.host) continue;
    const name = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const at = slot(name.length, name[0]!, name.at(-2)!);
    if (table[at] !== undefined) throw new Error(`field-names: '${text}' shares a slot; change slot()`);
    table[at] = { name, id };
  }
  return table;
}

function bits(...ids: number[]): number {
  return ids.reduce((set, id) => set | (1 << id), 0);
}
