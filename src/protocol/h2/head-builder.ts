/**
 * The fields of one header block to a FieldBlock. Lines are laid one behind the other in the form of HTTP/1.1, behind a
 * first line of that form: so a head that came over HTTP/2 goes to an HTTP/1.1 peer in one copy, like one that
 * came over HTTP/1.1. Rules that hold of single fields and of their order are checked here, as they come.
 */
import { ByteSink } from "../../base/byte-sink.ts";
import { FieldBlock } from "../http/field-block.ts";
import { FIELD, setOf } from "../http/field-names.ts";
import { LOWER, SP } from "../http/grammar.ts";
import type { H2Fault } from "./fault.ts";
import type { FieldReceiver } from "./hpack/decoder.ts";
import { ENTRY_OVERHEAD_BYTES } from "./hpack/dynamic-table.ts";
import {
  BAD_NAME,
  BAD_VALUE,
  HAS_LOW_LINE,
  ID_BITS,
  IS_PSEUDO,
  PSEUDO,
  PSEUDO_COUNT,
} from "./hpack/field-mark.ts";

export const SECTION = { request: 0, response: 1, trailers: 2 } as const;
export type Section = (typeof SECTION)[keyof typeof SECTION];

export interface HeadLimits {
  readonly headBytes: number;
  readonly fieldCount: number;
}

export class HeadBuilder implements FieldReceiver {
  sink: ByteSink = NO_SINK;
  /** The first rule that the block breaks. */
  fault: H2Fault | null = null;
  /** Which limit it exceeds. */
  excess: "head_bytes" | "field_count" | null = null;
  /** Where the first line begins, once there is one. */
  lineStart = -1;
  /** Start and end of each pseudo-field's value in the sink; which ones there are is in `pseudoSeen`. */
  readonly pseudo: Int32Array = new Int32Array(PSEUDO_COUNT * 2);
  pseudoSeen = 0;
  /** Of the path in the first line, and of the authority in the Host line. */
  pathStart = 0;
  authorityStart = 0;
  readonly #limits: HeadLimits;
  #block: FieldBlock = NO_BLOCK;
  #section: Section = SECTION.request;
  #listBytes = 0;
  #fields = 0;
  #inFields = false;
  #cookie = -1;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  get full(): boolean {
    return this.fault !== null || this.excess !== null;
  }

  /** The fields that come next go into `block`, and their bytes into `sink`. */
  begin(section: Section, block: FieldBlock, sink: ByteSink): void {
    this.#section = section;
    this.#block = block;
    this.sink = sink;
    sink.length = 0;
    this.fault = null;
    this.excess = null;
    this.lineStart = -1;
    this.pseudoSeen = 0;
    this.#listBytes = 0;
    this.#fields = 0;
    this.#inFields = section === SECTION.trailers;
    this.#cookie = -1;
  }

  /** Nobody wants the fields that come next; they are decoded as far as the table needs them. */
  beginDropped(): void {
    this.begin(SECTION.trailers, DROPPED, DROPPED_SINK);
    this.excess = "head_bytes";
  }

  /** All fields have come. */
  finish(): void {
    if (!this.full && !this.#inFields) this.#beginFields();
    const block = this.#block;
    block.bytes = this.sink.bytes;
    block.linesEnd = this.sink.length;
    if (block.isRepeated(FIELD.cookie)) joinCookies(block, this.sink);
    this.#block = NO_BLOCK;
    this.sink = NO_SINK;
  }

  hasPseudo(which: number): boolean {
    return ((this.pseudoSeen >>> which) & 1) === 1;
  }

  addLine(lines: Buffer, start: number, nameBytes: number, valueBytes: number, mark: number): void {
    if (!this.#count(nameBytes + valueBytes)) return;
    if (mark >= IS_PSEUDO && !this.#admit(mark)) return;
    const { sink } = this;
    if ((mark & IS_PSEUDO) !== 0) {
      const from = sink.length;
      sink.range(lines, start + nameBytes + 2, start + nameBytes + 2 + valueBytes);
      this.#notePseudo(mark & ID_BITS, from, sink.length);
      return;
    }
    if (!this.#inFields) this.#beginFields();
    const from = sink.length;
    sink.range(lines, start, start + nameBytes + valueBytes + 4);
    this.#addField(from, nameBytes, valueBytes, mark & ID_BITS);
  }

  addWritten(start: number, nameBytes: number, valueBytes: number, mark: number, sensitive: boolean): void {
    const { sink } = this;
    if (!this.#count(nameBytes + valueBytes) || (mark >= IS_PSEUDO && !this.#admit(mark))) {
      sink.length = start;
      return;
    }
    if ((mark & IS_PSEUDO) !== 0) {
      const from = start + nameBytes + 2;
      this.#notePseudo(mark & ID_BITS, from, from + valueBytes);
      return;
    }
    let at = start;
    if (!this.#inFields) {
      // The line was there before the first line, which belongs before it.
      this.#beginFields();
      at = sink.length;
      sink.range(sink.bytes, start, start + nameBytes + valueBytes + 4);
    }
    this.#addField(at, nameBytes, valueBytes, mark & ID_BITS);
    if (sensitive) this.#block.markSensitive();
  }

  addDropped(bytes: number): void {
    this.#count(bytes);
  }

  /** RFC 9113 section 10.5.1: a list is as large as HPACK's tables would say. */
  #count(bytes: number): boolean {
    this.#listBytes += bytes + ENTRY_OVERHEAD_BYTES;
    this.#fields++;
    if (this.excess !== null) return false;
    if (this.#listBytes > this.#limits.headBytes) this.excess = "head_bytes";
    else if (this.#fields > this.#limits.fieldCount + PSEUDO_COUNT) this.excess = "field_count";
    return !this.full;
  }

  /** Everything but a plain field with a good name and value. */
  #admit(mark: number): boolean {
    if ((mark & BAD_NAME) !== 0) this.fault = "fieldName";
    else if ((mark & BAD_VALUE) !== 0) this.fault = "fieldValue";
    else if ((mark & IS_PSEUDO) !== 0) this.fault = this.#pseudoFault(mark & ID_BITS);
    else if ((mark & HAS_LOW_LINE) !== 0) this.#block.hasLowLine = true;
    return this.fault === null;
  }

  #pseudoFault(which: number): H2Fault | null {
    if (this.#section === SECTION.trailers) return "pseudoForeign";
    if (((BELONGS[this.#section]! >>> which) & 1) === 0) return "pseudoForeign";
    if (this.#inFields) return "pseudoOrder";
    return this.hasPseudo(which) ? "pseudoRepeated" : null;
  }

  #notePseudo(which: number, start: number, end: number): void {
    this.pseudoSeen |= 1 << which;
    this.pseudo[which * 2] = start;
    this.pseudo[which * 2 + 1] = end;
  }

  #addField(start: number, nameBytes: number, valueBytes: number, id: number): void {
    const valueStart = start + nameBytes + 2;
    const valueEnd = valueStart + valueBytes;
    if (id === FIELD.host && this.hasPseudo(PSEUDO.authority)) this.#compareHost(start, valueStart, valueEnd);
    else if (id === FIELD.cookie && this.#joinsLast(start)) this.#appendCookie(start, valueStart, valueEnd);
    else {
      if (id === FIELD.cookie) this.#cookie = this.#block.count;
      this.#block.add(start, start + nameBytes, valueStart, valueEnd, id);
    }
  }

  /** The Host line is there already; one that says the same says nothing new (RFC 9113 section 8.3.1). */
  #compareHost(start: number, valueStart: number, valueEnd: number): void {
    const { bytes } = this.sink;
    const length = this.pseudo[PSEUDO.authority * 2 + 1]! - this.pseudo[PSEUDO.authority * 2]!;
    let same = valueEnd - valueStart === length;
    for (let i = 0; same && i < length; i++) {
      same = LOWER[bytes[valueStart + i]!] === LOWER[bytes[this.authorityStart + i]!];
    }
    if (!same) this.fault = "authority";
    this.sink.length = start;
  }

  /** Whether the line that begins at `start` follows a cookie. */
  #joinsLast(start: number): boolean {
    const { count, table } = this.#block;
    return count > 0 && this.#cookie === count - 1 && table[(count - 1) * 5 + 3] === start - 2;
  }

  #appendCookie(start: number, valueStart: number, valueEnd: number): void {
    const { sink } = this;
    sink.length = start - 2;
    sink.all(COOKIE_SEPARATOR);
    sink.range(sink.bytes, valueStart, valueEnd + 2);
    this.#block.table[this.#cookie * 5 + 3] = sink.length - 2;
  }

  /** Pseudo-fields have all come. What is missing is found when the head is completed. */
  #beginFields(): void {
    this.#inFields = true;
    this.lineStart = this.sink.length;
    if (this.#section === SECTION.response) this.#writeStatusLine();
    else this.#writeRequestLine();
  }

  #writeStatusLine(): void {
    const { sink } = this;
    sink.all(STATUS_LINE);
    this.#writePseudo(PSEUDO.status);
    sink.all(SPACE_CRLF);
  }

  #writeRequestLine(): void {
    const { sink } = this;
    this.#writePseudo(PSEUDO.method);
    sink.byte(SP);
    this.pathStart = sink.length;
    this.#writePseudo(PSEUDO.path);
    sink.all(LINE_END);
    if (!this.hasPseudo(PSEUDO.authority)) return;
    const start = sink.length;
    sink.all(HOST);
    this.authorityStart = sink.length;
    this.#writePseudo(PSEUDO.authority);
    const end = sink.length;
    sink.all(CRLF);
    this.#block.add(start, start + 4, this.authorityStart, end, FIELD.host);
  }

  #writePseudo(which: number): void {
    if (this.hasPseudo(which))
      this.sink.range(this.sink.bytes, this.pseudo[which * 2]!, this.pseudo[which * 2 + 1]!);
  }
}

/** Cookies that do not stand together: one line behind the others, in place of all of them. */
function joinCookies(block: FieldBlock, sink: ByteSink): void {
  const { table } = block;
  const start = sink.length;
  sink.all(COOKIE);
  let kept = 0;
  for (let field = 0; field < block.count; field++) {
    const at = field * 5;
    if (table[at + 4] === FIELD.cookie) {
      if (sink.length > start + COOKIE.length) sink.all(COOKIE_SEPARATOR);
      sink.range(sink.bytes, table[at + 2]!, table[at + 3]!);
    } else table.copyWithin(5 * kept++, at, at + 5);
  }
  block.count = kept;
  block.add(start, start + 6, start + COOKIE.length, sink.length, FIELD.cookie);
  block.repeated &= ~setOf(FIELD.cookie);
  sink.all(CRLF);
  block.bytes = sink.bytes;
  // Lines that are gone lie between those that are left.
  block.isPlain = false;
}

const STATUS_LINE = Buffer.from("HTTP/1.1 ");
const SPACE_CRLF = Buffer.from(" \r\n");
const LINE_END = Buffer.from(" HTTP/1.1\r\n");
const HOST = Buffer.from("host: ");
const COOKIE = Buffer.from("cookie: ");
const COOKIE_SEPARATOR = Buffer.from("; ");
const CRLF = Buffer.from("\r\n");
/** Which pseudo-fields a request and an answer may have. */
const BELONGS: readonly number[] = [
  setOf(PSEUDO.method, PSEUDO.scheme, PSEUDO.authority, PSEUDO.path, PSEUDO.protocol),
  setOf(PSEUDO.status),
];
const NO_SINK: ByteSink = new ByteSink(0);
const NO_BLOCK: FieldBlock = new FieldBlock(0);
const DROPPED: FieldBlock = new FieldBlock(0);
const DROPPED_SINK: ByteSink = new ByteSink(0);
