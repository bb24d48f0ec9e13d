/** Notes for the fields of an object that nobody has read. */
import { didYouMean } from "../../diagnostics/near-miss.ts";
import { quoted } from "../../diagnostics/wording.ts";
import type { Findings } from "../findings.ts";
import type { FieldReader } from "../tree/field-reader.ts";
import type { KubernetesObject } from "./objects.ts";

/** What a format knows of the fields of its objects. */
export interface KnownFields {
  /** Fields that are read somewhere. */
  readonly carried: ReadonlySet<string>;
  /** Fields without a counterpart, and why. */
  readonly notCarried: ReadonlyMap<string, string>;
}

export function reportUnreadFields(
  objects: readonly KubernetesObject[],
  fields: FieldReader,
  known: KnownFields,
  findings: Findings,
): void {
  for (const { root } of objects) {
    fields.forEachUnread(root, (map, key, path) => {
      const place = map.entries.get(key)!.key;
      const where = quoted([...path, key].join("."));
      const server = serverField(path, key);
      const reason = known.notCarried.get(key);
      if (server !== null) findings.note("convert.not_needed", place, `${where} was left out: ${server}`);
      else if (reason !== undefined)
        findings.note("convert.not_carried", place, `${where} is not carried over: ${reason}`);
      else if (known.carried.has(key))
        findings.note("convert.not_carried", place, `${where} was left out: it has no effect here`);
      else {
        const suggestion = didYouMean(key, [...known.carried, ...known.notCarried.keys()]);
        findings.note("convert.unknown", place, `the field ${where} is not known and was left out`, {
          suggestion,
        });
      }
    });
  }
}

/** What the cluster writes into an object, or people write for its tools. */
function serverField(path: readonly string[], key: string): string | null {
  if (path.length === 0 && key === "status") return "it is written by the cluster";
  if (path.join(".") !== "metadata") return null;
  if (METADATA.has(key)) return "it is written by the cluster";
  return key === "labels" ? "labels are for the cluster's own tools" : null;
}

const METADATA = new Set([
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
  "ownerReferences",
  "finalizers",
  "generateName",
]);
