/** Fields of our own in the form of received ones: as a block, or among those that came. */
import { ByteSink } from "../../base/byte-sink.ts";
import { FIELD_STRIDE, FieldBlock } from "./field-block.ts";
import { fieldId } from "./field-names.ts";

/** Fields that exist as strings, in the form of received ones. */
export function blockOf(fields: readonly (readonly [name: string, value: string])[]): FieldBlock {
  const block = new FieldBlock(fields.length);
  block.bytes = Buffer.from(fields.map(([name, value]) => `${name}: ${value}\r\n`).join(""), "latin1");
  let at = 0;
  for (const [name, value] of fields) {
    const valueStart = at + name.length + 2;
    const valueEnd = valueStart + value.length;
    block.add(at, at + name.length, valueStart, valueEnd, fieldId(block.bytes, at, at + name.length));
    at = valueEnd + 2;
  }
  block.linesEnd = at;
  return block;
}

/** Writes a line behind what `sink` holds, where all of `fields` must lie. */
export function addLine(fields: FieldBlock, sink: ByteSink, name: string, value: string): void {
  const start = sink.length;
  const nameEnd = start + name.length;
  sink.latin1(`${name}: ${value}\r\n`);
  fields.add(start, nameEnd, nameEnd + 2, nameEnd + 2 + value.length, fieldId(sink.bytes, start, nameEnd));
  fields.bytes = sink.bytes;
}

/**
 * A field of ours in place of those that came by its name, if any. The received bytes are left as they are.
 * @param leastBytes how much of them is wanted even if no field stands there
 */
export function replaceField(fields: FieldBlock, name: string, value: string, leastBytes = 0): void {
  const { bytes } = fields.copy(leastBytes);
  const sink = new ByteSink(bytes.length + name.length + value.length + 4);
  sink.all(bytes);
  const place = placeOf(fields, name);
  fields.endHere(name);
  addLine(fields, sink, name, value);
  if (place >= 0) moveLast(fields, place);
  // The lines no longer stand one behind the other.
  fields.linesEnd = 0;
}

function placeOf(fields: FieldBlock, name: string): number {
  for (let field = 0; field < fields.count; field++) if (fields.nameIs(field, name)) return field;
  return -1;
}

/** The last field takes the place of an earlier one, which is forgotten. */
function moveLast(fields: FieldBlock, place: number): void {
  fields.count--;
  const from = fields.count * FIELD_STRIDE;
  fields.table.copyWithin(place * FIELD_STRIDE, from, from + FIELD_STRIDE);
}
