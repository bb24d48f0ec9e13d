/**
 * Values that the schema calls secret are secret however they are written: as text in the file, too. They are hidden
 * before anything about their surroundings is told, because a finding shows the whole line.
 */
import type { z } from "zod";
import type { Secrets } from "../references/secrets.ts";
import type { ConfigNode } from "../source/config-node.ts";
import { noteOf, unwrapped } from "./notes.ts";

export function hideSecrets(schema: z.core.$ZodType, node: ConfigNode, secrets: Secrets): void {
  if (noteOf(schema).secret === true) return hide(node, secrets);
  const { def } = unwrapped(schema)._zod;
  if (def.type === "union") {
    for (const option of def.options) hideSecrets(option, node, secrets);
    return;
  }
  if (def.type === "array" && node.kind === "list") {
    for (const item of node.items) hideSecrets(def.element, item, secrets);
    return;
  }
  if (def.type !== "object" || node.kind !== "map") return;
  for (const [key, { value }] of node.entries) {
    const inner = def.shape[key] as z.core.$ZodType | undefined;
    if (inner !== undefined) hideSecrets(inner, value, secrets);
  }
}

function hide(node: ConfigNode, secrets: Secrets): void {
  if (node.kind === "scalar") {
    node.source.hide(node.start, node.end);
    secrets.add(String(node.value));
    return;
  }
  const inner = node.kind === "list" ? node.items : [...node.entries.values()].map(({ value }) => value);
  for (const each of inner) hide(each, secrets);
}
