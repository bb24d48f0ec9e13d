/**
 * What the schema knows beyond types, for messages: how to say what belongs at a place, and which keys
 * people will write there that belong elsewhere. Kept in a registry of our own so that none of it leaks into
 * the JSON Schema.
 */
import { z } from "zod";
import type { DiagnosticCode } from "../diagnostics/codes.ts";
import type { OtherWords } from "./other-words.ts";

export interface SchemaNote {
  /** Completes "expected …": `a duration such as \`5s\``. */
  readonly expects?: string;
  /** Completes "… in …" for maps: `an http route`. */
  readonly called?: string;
  /** A unit is meant: the code of what is not one, and what to write instead of a bare number. */
  readonly unit?: { readonly code: DiagnosticCode; readonly hint: (value: number) => string };
  /** Any text is allowed, so an unquoted `no` or `010` must be questioned. */
  readonly freeText?: boolean;
  /** The value is a secret however it is written: it is never shown. */
  readonly secret?: boolean;
  /** The parts of a text that are secrets: a password in a URL. */
  readonly secretsIn?: (text: string) => readonly string[];
  /** The names in a map, in lower case, whose values are secrets. */
  readonly secretNames?: readonly string[];
  /** What other programs call a word or a key, and what it is here. */
  readonly meant?: OtherWords;
  /** Known keys that have no effect in this map, with the reason or the right place. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** Keys of the format that this version does not serve. */
  readonly later?: Readonly<Record<string, string>>;
}

const notes = z.registry<SchemaNote>();

/** Attaches a note, or adds to the one that is there; the schema itself comes back. */
export function noted<S extends z.core.$ZodType>(schema: S, note: SchemaNote): S {
  const before = notes.get(schema) as SchemaNote | undefined;
  notes.add(schema, { ...before, ...note } as z.core.$replace<SchemaNote, S>);
  return schema;
}

/** The note of a schema or of what it wraps; the outermost wins. */
export function noteOf(schema: z.core.$ZodType): SchemaNote {
  const own = notes.get(schema) as SchemaNote | undefined;
  const inner = innerOf(schema);
  return inner === null ? (own ?? {}) : { ...noteOf(inner), ...own };
}

/** The schema without optional, default and transforming shells. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodTypes {
  const inner = innerOf(schema);
  return inner === null ? (schema as z.core.$ZodTypes) : unwrapped(inner);
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | null {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
    case "default":
    case "prefault":
    case "nullable":
    case "readonly":
      return def.innerType;
    case "pipe":
      return def.in;
    default:
      return null;
  }
}
