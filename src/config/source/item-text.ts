/**
 * One item of a long list (a route, mostly) as a text of its own, with all lines that it stands on. Its tree keeps places
 * in this text and not in the file's, so a reading that finds the same lines at the same place takes the tree as it is,
 * whatever has changed in front of it on other lines. What is worked out from the text alone is kept for it elsewhere,
 * by its `content`.
 */
import type { Origin } from "../model.ts";
import type { ConfigNode, MapEntry } from "./config-node.ts";
import { type Place, SourceText } from "./source-text.ts";

/** Stands for the same text wherever it is; an object, because things are kept for it as long as it is there. */
export interface ItemContent {
  readonly text: string;
}

export class ItemText extends SourceText {
  readonly content: ItemContent;
  /** Lines of the file in front of it. */
  readonly linesBefore: number;
  /** What is written there, as it was read. Null until then. */
  root: ConfigNode | null = null;

  constructor(file: string, content: ItemContent, linesBefore: number) {
    super(file, content.text);
    this.content = content;
    this.linesBefore = linesBefore;
  }

  override originAt(offset: number): Origin {
    const { file, line, column } = super.originAt(offset);
    return { file, line: line + this.linesBefore, column };
  }

  override offsetAt(line: number, column: number): number {
    return super.offsetAt(line - this.linesBefore, column);
  }

  /** The same item at another place. */
  movedTo(linesBefore: number): ItemText {
    const moved = new ItemText(this.file, this.content, linesBefore);
    moved.root = this.root === null ? null : rehung(this.root, moved);
    return moved;
  }
}

/** The item that a node is, as it was read; null for all others, and for one in which references were filled in. */
export function itemOf(node: ConfigNode): ItemText | null {
  const { source } = node;
  return source instanceof ItemText && source.root === node ? source : null;
}

function rehung(node: ConfigNode, source: SourceText): ConfigNode {
  if (node.kind === "scalar") return { ...node, source };
  if (node.kind === "list") return { ...node, source, items: node.items.map((item) => rehung(item, source)) };
  const entries = new Map<string, MapEntry>();
  for (const [name, { key, value }] of node.entries) {
    const place: Place = { source, start: key.start, end: key.end };
    entries.set(name, { key: place, value: rehung(value, source) });
  }
  return { ...node, source, entries };
}
