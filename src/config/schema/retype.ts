/**
 * What a reference stands for is text, because the environment and files hold nothing else. Where the schema wants
 * a number or a switch, such text is read as YAML would read it without quotes: `weight: "${WEIGHT}"`.
 */
import type { z } from "zod";
import type { ConfigNode, MapEntry, Path, ScalarNode } from "../source/config-node.ts";
import { plainScalarValue } from "../source/plain-scalar.ts";
import { unwrapped } from "./notes.ts";
import { schemaAt } from "./schema-path.ts";

/** The same tree when it holds no reference that needs it. */
export function retyped(schema: z.core.$ZodType, root: ConfigNode): ConfigNode {
  return retype(root, []);

  function retype(node: ConfigNode, path: Path): ConfigNode {
    if (node.kind === "scalar") return retypedScalar(schema, root, node, path);
    if (node.kind === "list") {
      const items = node.items.map((item, index) => retype(item, [...path, index]));
      return items.every((item, index) => item === node.items[index]) ? node : { ...node, items };
    }
    const entries = new Map<string, MapEntry>();
    let changed = false;
    for (const [key, entry] of node.entries) {
      const value = retype(entry.value, [...path, key]);
      changed ||= value !== entry.value;
      entries.set(key, value === entry.value ? entry : { ...entry, value });
    }
    return changed ? { ...node, entries } : node;
  }
}

function retypedScalar(schema: z.core.$ZodType, root: ConfigNode, node: ScalarNode, path: Path): ScalarNode {
  if (node.reference === undefined || typeof node.value !== "string") return node;
  const value = plainScalarValue(node.value);
  if (typeof value !== "number" && typeof value !== "boolean") return node;
  const governing = schemaAt(schema, root, path).schema;
  const wanted = governing === null ? "unknown" : unwrapped(governing)._zod.def.type;
  return wanted === typeof value ? { ...node, value } : node;
}
