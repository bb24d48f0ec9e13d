/** Targets out of a store of keys and values: each value is one target as in a configuration, or a list of them. */
import { parse as parseYaml } from "yaml";
import { SourceError, type TargetList } from "./contract.ts";
import { readTargetValue } from "./target-list.ts";

/** @param version the store's own word for this state, if it has one */
export function readKeyedValues(
  pairs: Iterable<readonly [key: string, text: string]>,
  version?: string,
): TargetList {
  const sorted = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
  const values = sorted.flatMap(([key, text]) => valuesIn(key, text));
  return readTargetValue(values, version ?? String(Bun.hash(JSON.stringify(values))));
}

function valuesIn(key: string, text: string): unknown[] {
  try {
    const value: unknown = parseYaml(text, { maxAliasCount: 0, logLevel: "error" });
    return Array.isArray(value) ? value : [value];
  } catch {
    throw new SourceError("nonsense", `the value of ${key} is neither YAML nor JSON`);
  }
}
