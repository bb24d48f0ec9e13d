/**
 * Which upstream of a new configuration is which of those that serve: first by what identifies them, then, for
 * those that are left, by name (a route whose match was edited), then by their targets (an upstream renamed).
 */
import type { Steps } from "../base/steps.ts";
import type { UpstreamKey } from "./upstream-keys.ts";

/** @returns by index of `keys`, those that were recognised */
export function* pairUpstreams<T extends { readonly key: UpstreamKey }>(
  present: readonly T[],
  keys: readonly UpstreamKey[],
): Steps<ReadonlyMap<number, T>> {
  const pairs = new Map<number, T>();
  let unpaired: readonly T[] = present;
  for (const aspect of ["identity", "name", "targets"] as const) {
    const waiting = new Map<string, T>();
    for (const entry of unpaired) {
      if (!waiting.has(entry.key[aspect])) waiting.set(entry.key[aspect], entry);
      yield;
    }
    for (const [index, key] of keys.entries()) {
      yield;
      const entry = pairs.has(index) ? undefined : waiting.get(key[aspect]);
      if (entry === undefined) continue;
      waiting.delete(key[aspect]);
      pairs.set(index, entry);
    }
    if (pairs.size === keys.length) break;
    const taken = new Set(pairs.values());
    unpaired = unpaired.filter((entry) => !taken.has(entry));
  }
  return pairs;
}
