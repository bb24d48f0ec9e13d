/** A list of targets out of something that a program or a person has written: whole, or refused whole. */
import { parse as parseYaml } from "yaml";
import { targetsOf } from "../config/schema/upstream.ts";
import { SourceError, type TargetList } from "./contract.ts";

/** JSON or YAML: a list of targets as in a configuration, or a map with such a list under `targets`. */
export function readTargetText(text: string, version: string): TargetList {
  let value: unknown;
  try {
    value = parseYaml(text, { maxAliasCount: 0, uniqueKeys: true, logLevel: "error" });
  } catch (error) {
    throw new SourceError("nonsense", `neither YAML nor JSON: ${firstLine(error)}`);
  }
  return readTargetValue(value, version);
}

/** @throws SourceError for anything that is no list of targets */
export function readTargetValue(value: unknown, version: string): TargetList {
  const list = isMap(value) ? value["targets"] : value;
  if (!Array.isArray(list)) throw new SourceError("nonsense", "there is no list of targets");
  if (list.length > MOST_TARGETS) {
    throw new SourceError("nonsense", `${list.length} targets are more than ${MOST_TARGETS}`);
  }
  const targets = targetsOf(list);
  if (!targets.ok) throw new SourceError("nonsense", targets.error);
  return { version, targets: targets.value };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}

/** Of one upstream; each is looked at by every worker. */
const MOST_TARGETS = 10_000;
