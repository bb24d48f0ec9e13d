/** Finds the schema that governs a place in a document, by walking both side by side. */
import type { z } from "zod";
import { type ConfigNode, nodeAt, type Path, plainValue } from "../source/config-node.ts";
import { noteOf, type SchemaNote, unwrapped } from "./notes.ts";

export interface Governing {
  /** Null where the document has something that no schema describes. */
  readonly schema: z.core.$ZodType | null;
  readonly note: SchemaNote;
}

/** The schema at `path` below `schema`, which governs `root`. */
export function schemaAt(schema: z.core.$ZodType, root: ConfigNode, path: Path): Governing {
  let current: z.core.$ZodType | null = schema;
  let note = noteOf(schema);
  for (let depth = 0; depth <= path.length && current !== null; depth++) {
    const node = nodeAt(root, path.slice(0, depth));
    while (unwrapped(current)._zod.def.type === "union") {
      current = optionFor(current, node);
      note = { ...note, ...noteOf(current) };
    }
    if (depth === path.length) break;
    current = childOf(current, path[depth]!);
    note = current === null ? {} : noteOf(current);
  }
  return { schema: current, note };
}

/** The alternative that was meant: one that accepts the value, else one of the value's own type. */
function optionFor(union: z.core.$ZodType, node: ConfigNode | undefined): z.core.$ZodType {
  const { def } = unwrapped(union)._zod;
  if (def.type !== "union") return union;
  const value = node === undefined ? undefined : plainValue(node);
  const options = def.options as readonly z.ZodType[];
  const accepting = options.find((option) => option.safeParse(value).success);
  return accepting ?? options.find((option) => takesType(option, node)) ?? options[0]!;
}

function takesType(schema: z.core.$ZodType, node: ConfigNode | undefined): boolean {
  const { def } = unwrapped(schema)._zod;
  if (def.type === "union") return def.options.some((option) => takesType(option, node));
  if (node?.kind === "map") return def.type === "object" || def.type === "record";
  if (node?.kind === "list") return def.type === "array";
  return def.type === typeof (node?.kind === "scalar" ? node.value : undefined);
}

function childOf(schema: z.core.$ZodType, step: PropertyKey): z.core.$ZodType | null {
  const { def } = unwrapped(schema)._zod;
  if (def.type === "object") return (def.shape[String(step)] as z.core.$ZodType | undefined) ?? null;
  if (def.type === "array") return def.element;
  if (def.type === "record") return def.valueType;
  return null;
}
