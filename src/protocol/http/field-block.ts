/**
 * A header or trailer section as the received bytes and a flat table of ranges: no object per field.
 * Tables are reused; the bytes belong to the chunk they came in and are never changed.
 */
import { FIELD } from "./field-names.ts";
import { LOWER } from "./grammar.ts";

/** Numbers per field in `FieldBlock.table`: name start, name end, value start, value end, id. */
export const FIELD_STRIDE = 5;

export class FieldBlock {
  bytes: Buffer = EMPTY;
  count = 0;
  table: Int32Array;
  /** A bit per field id that occurs, whether or not `Connection` names the field. */
  present = 0;
  /** A bit per field id, but for `FIELD.other`, that occurs more than once. */
  repeated = 0;
  /** Whether any name has a `_`. */
  hasLowLine = false;
  /** Whether no line read so far has other white space than one space behind its colon. */
  isPlain = true;
  /** Behind the last line, once all are read from where they stand one behind the other; else 0. */
  linesEnd = 0;
  /** Which fields no table of HPACK may keep (RFC 7541 section 6.2.3), by their places. */
  readonly sensitive: number[] = [];

  /** @param fields room to begin with */
  constructor(fields = 32) {
    this.table = fields === 0 ? NO_TABLE : new Int32Array(fields * FIELD_STRIDE);
  }

  reset(): void {
    this.bytes = EMPTY;
    this.count = 0;
    this.present = 0;
    this.repeated = 0;
    this.hasLowLine = false;
    this.isPlain = true;
    this.linesEnd = 0;
    if (this.sensitive.length > 0) this.sensitive.length = 0;
  }

  /**
   * The same with bytes and a table of its own; ranges stay what they are.
   * @param leastBytes how much of the bytes is wanted even if no field stands there
   */
  copy(leastBytes = 0): FieldBlock {
    const own = {
      bytes: this.#copyOfBytes(leastBytes),
      table: this.table.slice(0, this.count * FIELD_STRIDE),
      sensitive: this.sensitive.slice(),
    };
    return Object.assign(new FieldBlock(0), this, own);
  }

  /** From now on the fields have bytes of their own; ranges stay what they are. `leastBytes` as for `copy`. */
  detach(leastBytes: number): void {
    this.bytes = this.#copyOfBytes(leastBytes);
  }

  /** Any field may be the one that stands last: one of ours stands behind those that came, in the place of one of them. */
  #copyOfBytes(leastBytes: number): Buffer {
    const end = this.count * FIELD_STRIDE;
    let lastEnd = 0;
    for (let at = 3; at < end; at += FIELD_STRIDE)
      lastEnd = Math.max(lastEnd, this.table[at]! + LINE_END_BYTES);
    return Buffer.from(this.bytes.subarray(0, Math.max(lastEnd, this.linesEnd, leastBytes)));
  }

  add(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number, id: number): void {
    const at = this.count * FIELD_STRIDE;
    const table = at === this.table.length ? this.grow() : this.table;
    table[at] = nameStart;
    table[at + 1] = nameEnd;
    table[at + 2] = valueStart;
    table[at + 3] = valueEnd;
    table[at + 4] = id;
    this.count++;
    if (id !== FIELD.other) this.note(id);
  }

  has(id: number): boolean {
    return ((this.present >>> id) & 1) === 1;
  }

  isRepeated(id: number): boolean {
    return ((this.repeated >>> id) & 1) === 1;
  }

  /** Offset in `table` of the first field with this id, or -1. */
  find(id: number): number {
    if (!this.has(id)) return -1;
    const { table } = this;
    const end = this.count * FIELD_STRIDE;
    for (let at = 0; at < end; at += FIELD_STRIDE) {
      if (table[at + 4] === id) return at;
    }
    return -1;
  }

  /** The value of the first field with this id, byte for byte (latin1), or null. */
  value(id: number): string | null {
    const at = this.find(id);
    return at < 0 ? null : this.bytes.toString("latin1", this.table[at + 2], this.table[at + 3]);
  }

  /** All values of a field by its lower-case name, joined with ", " (RFC 9110 section 5.3); null if absent. */
  get(lowerName: string): string | null {
    let joined: string | null = null;
    for (let field = 0; field < this.count; field++) {
      if (!this.nameIs(field, lowerName)) continue;
      const value = this.valueAt(field);
      joined = joined === null ? value : `${joined}, ${value}`;
    }
    return joined;
  }

  nameIs(field: number, lowerName: string): boolean {
    const at = field * FIELD_STRIDE;
    const start = this.table[at]!;
    if (this.table[at + 1]! - start !== lowerName.length) return false;
    for (let i = 0; i < lowerName.length; i++) {
      if (LOWER[this.bytes[start + i]!] !== lowerName.charCodeAt(i)) return false;
    }
    return true;
  }

  /** One for each field line. */
  names(): string[] {
    return Array.from({ length: this.count }, (_, field) => this.nameAt(field));
  }

  nameAt(field: number): string {
    const at = field * FIELD_STRIDE;
    return this.bytes.toString("latin1", this.table[at], this.table[at + 1]);
  }

  valueAt(field: number): string {
    const at = field * FIELD_STRIDE;
    return this.bytes.toString("latin1", this.table[at + 2], this.table[at + 3]);
  }

  idAt(field: number): number {
    return this.table[field * FIELD_STRIDE + 4]!;
  }

  /** Marks a field as one that ends here. */
  nominate(field: number): void {
    this.table[field * FIELD_STRIDE + 4] = FIELD.nominated;
    this.present |= 1 << FIELD.nominated;
  }

  /** The field that was added last is one that no hop may keep in a table. */
  markSensitive(): void {
    this.sensitive.push(this.count - 1);
  }

  /** As if `Connection` named it: every field of that name. */
  endHere(lowerName: string): void {
    for (let field = 0; field < this.count; field++) if (this.nameIs(field, lowerName)) this.nominate(field);
  }

  /** After the bytes have moved `by` places towards the start of another buffer. */
  rebase(bytes: Buffer, by: number): void {
    this.bytes = bytes;
    if (by === 0) return;
    const end = this.count * FIELD_STRIDE;
    for (let at = 0; at < end; at += FIELD_STRIDE) {
      for (let i = 0; i < 4; i++) this.table[at + i]! -= by;
    }
  }

  /** That a field with this id occurs. */
  note(id: number): void {
    const bit = 1 << id;
    this.repeated |= this.present & bit;
    this.present |= bit;
  }

  /** Makes room for more fields and returns the new table. */
  grow(): Int32Array {
    const larger = new Int32Array(Math.max(this.table.length * 2, 8 * FIELD_STRIDE));
    larger.set(this.table);
    this.table = larger;
    return larger;
  }
}

const LINE_END_BYTES = 2;
const NO_TABLE = new Int32Array(0);
const EMPTY: Buffer = Buffer.alloc(0);
