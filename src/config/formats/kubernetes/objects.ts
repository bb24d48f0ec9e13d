/** Kubernetes manifests: the objects in files, those in a `List` among them. */
import { quoted } from "../../diagnostics/wording.ts";
import type { ConfigNode, MapNode } from "../../source/config-node.ts";
import type { SourceText } from "../../source/source-text.ts";
import type { Findings } from "../findings.ts";
import type { FieldReader } from "../tree/field-reader.ts";
import { readForeignDocuments } from "../tree/read-documents.ts";

export interface KubernetesObject {
  readonly kind: string;
  /** `networking.k8s.io`; empty for the core. */
  readonly group: string;
  readonly name: string;
  readonly namespace: string;
  readonly root: MapNode;
  /** Null when there is none. */
  readonly spec: MapNode | null;
}

/** Objects without a kind are errors. */
export function readObjects(
  sources: readonly SourceText[],
  fields: FieldReader,
  findings: Findings,
): readonly KubernetesObject[] {
  return readForeignDocuments(sources, findings).flatMap((root) => objectsIn(root, fields, findings));
}

/** The value of an annotation, and the places of it. */
export interface Annotation {
  readonly name: string;
  readonly text: string;
  readonly node: ConfigNode;
}

export function annotationsOf(object: KubernetesObject, fields: FieldReader): readonly Annotation[] {
  const map = fields.map(fields.map(object.root, "metadata") ?? undefined, "annotations");
  if (map === null) return [];
  return [...map.entries.keys()].flatMap((name) => {
    const node = fields.value(map, name);
    const text = fields.text(map, name);
    return node === undefined || text === null ? [] : [{ name, text, node }];
  });
}

/** An object that no part of a conversion reads. */
export function noteObject({ kind, name, root }: KubernetesObject, reason: string, findings: Findings): void {
  findings.note("convert.not_carried", root, `${kind} ${quoted(name)} is not carried over: ${reason}`);
}

function objectsIn(root: ConfigNode, fields: FieldReader, findings: Findings): KubernetesObject[] {
  if (root.kind !== "map") {
    findings.error("convert.value", root, "a manifest is a map with `apiVersion`, `kind` and `metadata`");
    return [];
  }
  const kind = fields.text(root, "kind");
  const version = fields.text(root, "apiVersion") ?? "";
  if (kind === null) {
    findings.error("convert.value", root, "`kind` is missing: this is no manifest");
    return [];
  }
  if (kind === "List" || kind.endsWith("List")) {
    return fields.list(root, "items").flatMap((item) => objectsIn(item, fields, findings));
  }
  const metadata = fields.map(root, "metadata") ?? undefined;
  const name = fields.text(metadata, "name") ?? "";
  const namespace = fields.text(metadata, "namespace") ?? "default";
  const group = version.includes("/") ? version.slice(0, version.indexOf("/")) : "";
  return [{ kind, group, name, namespace, root, spec: fields.map(root, "spec") }];
}
