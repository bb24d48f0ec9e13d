/**
 * A document taken apart: each route, listener and upstream held against its schema on its own, so that all
 * mistakes are found in one go and the sound parts are checked against each other as well.
 */
import type { z } from "zod";
import { diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import { checkKey, checkShape } from "../schema/check-shape.ts";
import { describeFound } from "../schema/describe-found.ts";
import type { TestInput } from "../schema/expectation.ts";
import { explainUnknownKeys } from "../schema/explain-issues.ts";
import { hideSecrets } from "../schema/hide-secrets.ts";
import { httpRouteSchema, type RouteInput, tcpRouteSchema, tlsRouteSchema } from "../schema/route.ts";
import { documentTls, type TlsInput } from "../schema/tls.ts";
import { parseName } from "../schema/values.ts";
import { documentSchema, listenerSchema, testSchema, upstreamSchema } from "../schema.ts";
import { type ConfigNode, type MapNode, valueAt } from "../source/config-node.ts";
import type { SourceDocument } from "../source/read-files.ts";
import type { Place } from "../source/source-text.ts";

import type { RouteMemory } from "./route-memory.ts";

export type ListenerInput = z.output<typeof listenerSchema>;
export type UpstreamInput = z.output<typeof upstreamSchema>;

export interface DocumentParts {
  readonly name: string;
  /** Where the name is written, or the document's start. */
  readonly namePlace: Place;
  readonly settings: ConfigNode | undefined;
  readonly listeners: readonly NamedPart<ListenerInput>[];
  readonly upstreams: readonly NamedPart<UpstreamInput>[];
  readonly routes: readonly RoutePart[];
  /** For all its listeners; null when there is none, or it is off or has mistakes. */
  readonly tls: TlsPart | null;
  readonly tests: readonly TestPart[];
}

export interface TlsPart {
  readonly node: ConfigNode;
  readonly value: TlsInput;
}

/** `value` is null when it has mistakes: the name is still defined, so that nobody is told it is not. */
export interface NamedPart<T> {
  readonly name: string;
  readonly key: Place;
  readonly node: ConfigNode;
  readonly value: T | null;
}

/** `value` is null when it has mistakes; the label is still defined. */
export interface RoutePart {
  readonly label: string;
  readonly node: ConfigNode;
  readonly value: RouteInput | null;
}

export interface TestPart {
  readonly label: string;
  readonly node: ConfigNode;
  readonly value: TestInput;
}

/** Null when the document is not even a map. */
export function takeApart(
  document: SourceDocument,
  found: DiagnosticList,
  memory: RouteMemory | null,
): DocumentParts | null {
  const { root } = document;
  if (root.kind !== "map") {
    const message = `a document is a map with \`name\`, \`routes\` and so on, and this is ${describeFound(root)}`;
    found.add(diagnose("config.wrong_type", root, message));
    return null;
  }
  checkTopLevel(root, found);
  const name = nameOf(root, document.defaultName, found);
  return {
    name,
    namePlace: valueAt(root, "name") ?? root,
    settings: valueAt(root, "settings"),
    listeners: namedParts(root, "listeners", "a listener", listenerSchema, found),
    upstreams: namedParts(root, "upstreams", "an upstream", upstreamSchema, found),
    routes: routeParts(root, name, found, memory),
    tls: tlsPart(root, found),
    tests: testParts(root, name, found),
  };
}

function checkTopLevel(root: MapNode, found: DiagnosticList): void {
  const unknown = [...root.entries.keys()].filter((key) => !(key in documentSchema.shape));
  found.addAll(explainUnknownKeys(documentSchema, root, unknown));
}

function tlsPart(root: MapNode, found: DiagnosticList): TlsPart | null {
  const node = valueAt(root, "tls");
  if (node === undefined) return null;
  hideSecrets(documentTls, node, found.secrets);
  const value = checkShape(documentTls, node, found);
  return value?.enabled === true ? { node, value } : null;
}

function nameOf(root: MapNode, defaultName: string, found: DiagnosticList): string {
  const node = valueAt(root, "name");
  if (node === undefined) return defaultName;
  return checkShape(documentSchema.shape.name.unwrap(), node, found) ?? defaultName;
}

function namedParts<S extends z.ZodType>(
  root: MapNode,
  key: string,
  what: string,
  schema: S,
  found: DiagnosticList,
): NamedPart<z.output<S>>[] {
  const map = valueAt(root, key);
  if (map === undefined) return [];
  if (map.kind !== "map") {
    const message = `expected a map of names, found ${describeFound(map)}`;
    found.add(diagnose("config.wrong_type", map, message));
    return [];
  }
  return [...map.entries].map(([name, { key, value }]) => {
    checkKey(key, found);
    const checked = parseName(name, what);
    if (!checked.ok) {
      const { code, message, suggestion } = checked.error;
      found.add(diagnose(code, key, message, { suggestion }));
    }
    hideSecrets(schema, value, found.secrets);
    return { name, key, node: value, value: checkShape(schema, value, found) };
  });
}

function routeParts(
  root: MapNode,
  name: string,
  found: DiagnosticList,
  memory: RouteMemory | null,
): RoutePart[] {
  const routes = root.entries.get("routes");
  const spec = root.entries.get("spec");
  if (routes !== undefined && spec !== undefined) {
    const related = [relatedAt(routes.key, "`routes` is here")];
    found.add(
      diagnose("config.conflict", spec.key, "`spec` is another name for `routes`; use one", { related }),
    );
  }
  const key = routes === undefined ? "spec" : "routes";
  return listAt(root, key, found).map((node, index) => ({
    label: `${name}/${index}`,
    node,
    value: memory?.checked(node) ?? checkNewRoute(node, found, memory),
  }));
}

function checkNewRoute(
  node: ConfigNode,
  found: DiagnosticList,
  memory: RouteMemory | null,
): RouteInput | null {
  const before = found.toldCount;
  const value = checkRoute(node, found);
  if (value !== null && found.toldCount === before) memory?.keepChecked(node, value);
  return value;
}

function testParts(root: MapNode, name: string, found: DiagnosticList): TestPart[] {
  return listAt(root, "tests", found).flatMap((node, index) => {
    const value = checkShape(testSchema, node, found);
    return value === null ? [] : [{ label: `${name}/tests/${index}`, node, value }];
  });
}

function checkRoute(node: ConfigNode, found: DiagnosticList): RouteInput | null {
  const kind = valueAt(node, "kind");
  const word = kind?.kind === "scalar" ? kind.value : undefined;
  if (kind === undefined || word === "http") return checkShape(httpRouteSchema, node, found);
  if (word === "tcp") return checkShape(tcpRouteSchema, node, found);
  if (word === "tls") return checkShape(tlsRouteSchema, node, found);
  if (word === "udp") {
    found.add(diagnose("config.not_supported", kind, `routes of kind \`${word}\` come later`));
    return null;
  }
  const suggestion = didYouMean(String(word), ["http", "tcp", "tls"]);
  const message = `expected \`http\`, \`tcp\` or \`tls\`, found ${describeFound(kind)}`;
  found.add(diagnose("config.bad_value", kind, message, { suggestion }));
  return null;
}

function listAt(root: MapNode, key: string, found: DiagnosticList): readonly ConfigNode[] {
  const node = valueAt(root, key);
  if (node === undefined) return [];
  if (node.kind === "list") return node.items;
  found.add(
    diagnose("config.wrong_type", node, `expected a list for ${quoted(key)}, found ${describeFound(node)}`),
  );
  return [];
}
