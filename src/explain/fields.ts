/** Header fields as text, and what became of them between one head and another. */
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { FIELD_STRIDE } from "../protocol/http/field-block.ts";

export interface Field {
  /** As it was spelled. */
  readonly name: string;
  readonly value: string;
  /** See `protocol/http/field-names.ts`. */
  readonly id: number;
}

export type FieldChange =
  | { readonly kind: "added"; readonly field: Field }
  | { readonly kind: "removed"; readonly field: Field }
  /** All lines of one name, because there need not be as many as before. */
  | { readonly kind: "replaced"; readonly before: readonly Field[]; readonly after: readonly Field[] };

export function fieldsOf(block: FieldBlock): Field[] {
  return Array.from({ length: block.count }, (_, index) => ({
    name: block.nameAt(index),
    value: block.valueAt(index),
    id: block.table[index * FIELD_STRIDE + 4]!,
  }));
}

/** In the order in which the names appear, first those that were there before. */
export function fieldChanges(before: readonly Field[], after: readonly Field[]): FieldChange[] {
  const [old, fresh] = [byName(before), byName(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((name): FieldChange[] => {
    const [was, is] = [old.get(name) ?? [], fresh.get(name) ?? []];
    if (was.length === 0) return is.map((field) => ({ kind: "added", field }));
    if (is.length === 0) return was.map((field) => ({ kind: "removed", field }));
    const same = was.length === is.length && was.every(({ value }, index) => value === is[index]!.value);
    return same ? [] : [{ kind: "replaced", before: was, after: is }];
  });
}

function byName(fields: readonly Field[]): Map<string, Field[]> {
  return Map.groupBy(fields, ({ name }) => name.toLowerCase());
}
