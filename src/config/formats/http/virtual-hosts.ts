/**
 * The `host` of routes that come from one of several servers on an address. The default server takes every name
 * that no other has, which is what a route without `host` does. Only where another server's wildcard would take
 * one of its own names do its routes stand twice, with those names and without any.
 */
import { quoted } from "../../diagnostics/wording.ts";
import type { Place } from "../../source/source-text.ts";
import type { Findings } from "../findings.ts";

export interface NamedServer {
  /** Native host patterns. */
  readonly names: readonly string[];
  readonly isDefault: boolean;
}

/**
 * Each entry is the `host` of one copy of the server's routes; an empty one stands for any host.
 * @param others names of the other servers on the address
 */
export function hostVariants(
  { names, isDefault }: NamedServer,
  others: () => readonly string[],
): readonly (readonly string[])[] {
  if (!isDefault) return names.length === 0 ? [] : [names];
  const wildcards = others().filter((name) => name.startsWith("*."));
  const taken = names.filter((name) => wildcards.some((wildcard) => isBelow(name, wildcard)));
  return taken.length === 0 ? [[]] : [taken, []];
}

function isBelow(name: string, wildcard: string): boolean {
  return name !== wildcard && name.endsWith(wildcard.slice(1));
}

/** Why the names of a default server do not stand in the result. */
export function noteDefaultServer(names: readonly string[], place: Place, findings: Findings): void {
  if (names.length === 0) return;
  const message = `${names.map(quoted).join(", ")}: no \`host\` is written, because the first server of an address takes every name that no other has`;
  findings.note("convert.not_needed", place, message);
}
