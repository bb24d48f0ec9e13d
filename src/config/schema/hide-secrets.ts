/**
 * Values that the schema calls secret are secret however they are written: as text in the file, too. They are hidden
 * before anything about their surroundings is told, because a finding shows the whole line.
 */
import type { z } from "zod";
import type { Secrets } from "../references/secrets.ts";
import type { ConfigNode } from "../source/config-node.ts";
import { noteOf, unwrapped } from "./notes.ts";

export function hideSecrets(schema: z.core.$ZodType, node: ConfigNode, secrets: Secrets): void {
  const { secret, secretsIn, secretNames } = noteOf(schema);
  if (secret === true) return hide(node, secrets);
  if (secretsIn !== undefined) return hideParts(node, secretsIn, secrets);
  if (secretNames !== undefined) return hideNamed(node, secretNames, secrets);
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

/** As it is written, a part may be escaped; then the whole value is hidden where it stands. */
function hideParts(node: ConfigNode, partsOf: (text: string) => readonly string[], secrets: Secrets): void {
  if (node.kind !== "scalar" || typeof node.value !== "string") return;
  for (const part of partsOf(node.value)) {
    const at = node.source.text.slice(node.start, node.end).indexOf(part);
    if (at < 0) node.source.hide(node.start, node.end);
    else node.source.hide(node.start + at, node.start + at + part.length);
    secrets.add(part);
  }
}

function hideNamed(node: ConfigNode, names: readonly string[], secrets: Secrets): void {
  if (node.kind !== "map") return;
  for (const [name, { value }] of node.entries) {
    if (names.includes(name.toLowerCase())) hide(value, secrets);
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
