/**
 * Where the values of a configuration were written, as plain data: what `Provenance` knows, for another process. The
 * places go with it, and of the values only plain text, which names hosts; the files themselves stay where they are.
 */
import type { Origin } from "./model.ts";
import { type ConfigurationParts, Provenance } from "./provenance.ts";
import type { Secrets } from "./references/secrets.ts";
import type { ConfigNode, MapEntry } from "./source/config-node.ts";
import { originOf, type Place, SourceText } from "./source/source-text.ts";

export interface Outline {
  readonly files: readonly string[];
  readonly settings: OutlineNode | null;
  readonly listeners: Outlines;
  readonly listener_places: Outlines;
  readonly upstreams: Outlines;
  readonly routes: Outlines;
}

type Outlines = Readonly<Record<string, OutlineNode>>;

/** The file's index, line and column; then the items of a list, the values of a map, or a text. */
export type OutlineNode = readonly [
  file: number,
  line: number,
  column: number,
  inner?: readonly OutlineNode[] | Readonly<Record<string, OutlineNode>> | string,
];

/** @param secrets blots out what must not be shown */
export function outlineOf({ parts }: Provenance, secrets: Secrets): Outline {
  const files = new Map<string, number>();
  const place = (at: Place): readonly [number, number, number] => {
    const { file, line, column } = originOf(at);
    if (!files.has(file)) files.set(file, files.size);
    return [files.get(file)!, line, column];
  };
  const outline = (node: ConfigNode): OutlineNode => {
    if (node.kind === "list") return [...place(node), node.items.map(outline)];
    if (node.kind === "map") return [...place(node), outlinesOf(entriesOf(node.entries), outline)];
    return typeof node.value === "string" ? [...place(node), secrets.redact(node.value)] : place(node);
  };
  const { settings, listeners, listenerPlaces, upstreams, routes } = parts;
  const rest = {
    settings: settings === null ? null : outline(settings),
    listeners: outlinesOf(listeners, outline),
    listener_places: outlinesOf(listenerPlaces, place),
    upstreams: outlinesOf(upstreams, outline),
    routes: outlinesOf(routes, outline),
  };
  return { files: [...files.keys()], ...rest };
}

/** The reverse, as far as places go: there are no tests in it, and no lines to show. */
export function provenanceOfOutline(outline: Outline): Provenance {
  const sources = outline.files.map((file) => new OutlineSource(file));
  const placed = (node: OutlineNode) => nodeOf(node, sources);
  const { settings, listeners, listener_places: places, upstreams, routes } = outline;
  const parts: ConfigurationParts = {
    settings: settings === null ? null : placed(settings),
    listeners: mapOf(listeners, placed),
    listenerPlaces: mapOf(places, placed),
    // Certificates are looked at where their files are.
    tls: new Map(),
    upstreams: mapOf(upstreams, placed),
    routes: mapOf(routes, placed),
    tests: new Map(),
  };
  return new Provenance(parts);
}

/** A file that is not here: its offsets are lines and columns. */
class OutlineSource extends SourceText {
  constructor(file: string) {
    super(file, "");
  }

  override originAt(offset: number): Origin {
    return { file: this.file, line: Math.floor(offset / MOST_COLUMNS), column: offset % MOST_COLUMNS };
  }
}

function nodeOf([file, line, column, inner]: OutlineNode, sources: readonly SourceText[]): ConfigNode {
  const start = line * MOST_COLUMNS + column;
  const place: Place = { source: sources[file]!, start, end: start };
  if (inner === undefined || typeof inner === "string") {
    return { ...place, kind: "scalar", value: inner ?? null, plain: false, size: 1 };
  }
  if (Array.isArray(inner)) {
    const items = (inner as readonly OutlineNode[]).map((item) => nodeOf(item, sources));
    return { ...place, kind: "list", items, size: 1 };
  }
  const entries = Object.entries(inner as Outlines).map(([key, value]): [string, MapEntry] => {
    const node = nodeOf(value, sources);
    return [key, { key: node, value: node }];
  });
  return { ...place, kind: "map", entries: new Map(entries), size: 1 };
}

function outlinesOf<T>(parts: Iterable<readonly [string, T]>, outline: (part: T) => OutlineNode): Outlines {
  return Object.fromEntries([...parts].map(([name, part]) => [name, outline(part)]));
}

function mapOf(parts: Outlines, placed: (node: OutlineNode) => ConfigNode): Map<string, ConfigNode> {
  return new Map(Object.entries(parts).map(([name, part]) => [name, placed(part)]));
}

function* entriesOf(entries: ReadonlyMap<string, MapEntry>): Generator<readonly [string, ConfigNode]> {
  for (const [key, { value }] of entries) yield [key, value];
}

/** No file that is read has lines as long. */
const MOST_COLUMNS = 2 ** 27;
