/**
 * Reads files and what they include, one after another, into located documents; a file that cannot be read leaves
 * only a finding. Each file is read once, however often it is named, and one that includes itself is told.
 */
import { basename, dirname, extname, isAbsolute, join, resolve } from "node:path";
import { type Diagnostic, diagnose, diagnoseFile } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { quoted } from "../diagnostics/wording.ts";
import { readScript } from "../script/read-script.ts";
import { formatSize } from "../values/size.ts";
import { type ConfigNode, valueAt } from "./config-node.ts";
import { decodeText } from "./decode-text.ts";
import type { FileAccess, FileFault } from "./file-access.ts";
import { type FoundFiles, findFiles } from "./find-files.ts";
import type { FileItems, ItemMemory } from "./item-memory.ts";
import { FILE_COUNT_LIMIT, FILE_LIMIT_BYTES, ROUTE_LIMIT, TOTAL_LIMIT_BYTES, VALUE_LIMIT } from "./limits.ts";
import { isPattern, matchFiles } from "./match-files.ts";
import { parseJson } from "./parse-json.ts";
import { type ParsedText, parseYaml } from "./parse-yaml.ts";
import type { Place, SourceText } from "./source-text.ts";

export interface SourceDocument {
  readonly root: ConfigNode;
  /** What the document is called when it does not say: the file's stem, `#2` for a second document. */
  readonly defaultName: string;
}

export interface ReadFiles {
  readonly documents: readonly SourceDocument[];
  /** All that were opened, in that order: one that is included follows the one that includes it. */
  readonly files: readonly string[];
}

/** What a document's `include` says, and where. */
export interface Inclusion {
  readonly pattern: string;
  readonly place: Place;
}

/** Reads `include` of a document, and reports what is wrong with it. */
export type InclusionsOf = (root: ConfigNode) => readonly Inclusion[] | Promise<readonly Inclusion[]>;

/** @param items what is known of the files from before; null: nothing, and nothing is kept */
export async function readFiles(
  files: readonly string[],
  access: FileAccess,
  found: DiagnosticList,
  inclusionsOf: InclusionsOf,
  items: ItemMemory | null = null,
): Promise<ReadFiles> {
  const reader = new FileReader(access, found, inclusionsOf, items);
  for (const file of files) await reader.read(file, null);
  return reader;
}

/** The documents in a text that is at hand. */
export function readDocuments(file: string, bytes: Uint8Array, found: DiagnosticList): SourceDocument[] {
  const source = decodeText(file, bytes);
  if (source.ok) return namedDocuments(source.value, parseText(source.value), found);
  found.add(source.error);
  return [];
}

/** A file that is being read, and the one that includes it. */
interface OpenFile {
  readonly file: string;
  readonly by: OpenFile | null;
}

class FileReader implements ReadFiles {
  readonly documents: SourceDocument[] = [];
  readonly files: string[] = [];
  readonly #access: FileAccess;
  readonly #found: DiagnosticList;
  readonly #inclusionsOf: InclusionsOf;
  readonly #items: ItemMemory | null;
  /** By absolute path. */
  readonly #known = new Set<string>();
  #totalBytes = 0;
  #values = 0;
  #routes = 0;
  #isFull = false;

  constructor(
    access: FileAccess,
    found: DiagnosticList,
    inclusionsOf: InclusionsOf,
    items: ItemMemory | null,
  ) {
    this.#items = items;
    this.#access = access;
    this.#found = found;
    this.#inclusionsOf = inclusionsOf;
  }

  async read(file: string, by: OpenFile | null): Promise<void> {
    if (this.#known.has(resolve(file)) || this.#isFull) return;
    this.#known.add(resolve(file));
    this.files.push(file);
    const documents = await this.#documentsIn(file);
    for (const { root } of documents) this.#count(root);
    if (this.#isFull) return;
    this.documents.push(...documents);
    for (const { root } of documents) {
      for (const inclusion of await this.#inclusionsOf(root)) await this.#include(inclusion, { file, by });
    }
  }

  /** Past a limit nothing more is read, and what has been is let go: checking it would take what is to be saved. */
  #count(root: ConfigNode): void {
    const routes = valueAt(root, "routes") ?? valueAt(root, "spec");
    this.#values += root.size;
    this.#routes += routes?.kind === "list" ? routes.items.length : 0;
    const tooMany =
      this.#routes > ROUTE_LIMIT
        ? { what: "routes", limit: ROUTE_LIMIT }
        : this.#values > VALUE_LIMIT
          ? { what: "values", limit: VALUE_LIMIT }
          : null;
    if (tooMany === null || this.#isFull) return;
    const message = `the configuration has more than ${tooMany.limit.toLocaleString("en")} ${tooMany.what}`;
    this.#stop(diagnose("config.too_large", routes ?? root, message, { suggestion: SPLIT_HINT }));
  }

  #stop(diagnostic: Diagnostic): void {
    this.#found.add(diagnostic);
    this.#isFull = true;
    this.documents.length = 0;
  }

  async #documentsIn(file: string): Promise<SourceDocument[]> {
    const bytes = await this.#access.read(file, FILE_LIMIT_BYTES);
    if (!bytes.ok) {
      this.#found.add(unreadable(file, bytes.error));
      return [];
    }
    this.#totalBytes += bytes.value.length;
    if (this.#totalBytes > TOTAL_LIMIT_BYTES || this.files.length > FILE_COUNT_LIMIT) {
      this.#stop(tooMuch(file, this.files.length));
      return [];
    }
    const source = decodeText(file, bytes.value);
    if (source.ok) return namedDocuments(source.value, await this.#parse(source.value), this.#found);
    this.#found.add(source.error);
    return [];
  }

  async #parse(source: SourceText): Promise<ParsedText> {
    if (extname(source.file) !== ".ts") return parseText(source, this.#items?.of(source.file) ?? null);
    const outcome = await this.#access.runScript?.(source.file);
    return outcome === undefined
      ? noScripts(source)
      : readScript(source, outcome, (file) => this.#other(file));
  }

  async #other(file: string): Promise<SourceText | null> {
    const bytes = await this.#access.read(file, FILE_LIMIT_BYTES);
    const source = bytes.ok ? decodeText(file, bytes.value) : bytes;
    return source.ok ? source.value : null;
  }

  async #include({ pattern, place }: Inclusion, open: OpenFile): Promise<void> {
    const { files, diagnostics } = await this.#filesFor(pattern, dirname(open.file), place);
    // A missing file is told at the line that asks for it.
    const { origin, excerpt } = diagnose("file.missing", place, "");
    for (const each of diagnostics) this.#found.add({ ...each, origin, excerpt });
    for (const file of files) {
      const cycle = chainTo(file, open);
      if (cycle === null) await this.read(file, open);
      // `conf.d/*.yaml` in a file of that folder means the others.
      else if (!isPattern(pattern) || cycle.length > 1) this.#found.add(circular(file, cycle, place));
    }
  }

  async #filesFor(pattern: string, folder: string, place: Place): Promise<FoundFiles> {
    if (!isPattern(pattern))
      return findFiles([isAbsolute(pattern) ? pattern : join(folder, pattern)], this.#access);
    const files = await matchFiles(pattern, folder, this.#access);
    if (files.length > 0) return { files, diagnostics: [] };
    const message = `no file matches ${quoted(pattern)}`;
    return { files, diagnostics: [diagnose("include.nothing", place, message)] };
  }
}

/** From `open` up to the file itself, when it is one of those that are being read. */
function chainTo(file: string, open: OpenFile): string[] | null {
  const chain: string[] = [];
  for (let each: OpenFile | null = open; each !== null; each = each.by) {
    chain.push(each.file);
    if (resolve(each.file) === resolve(file)) return chain;
  }
  return null;
}

function circular(file: string, chain: readonly string[], place: Place): Diagnostic {
  const way = [...chain].reverse().map((each) => quoted(each));
  const shown = way.length > 6 ? [...way.slice(0, 3), "…", ...way.slice(-2)] : way;
  const message = `${quoted(file)} includes itself: ${[...shown, quoted(file)].join(" → ")}`;
  return diagnose("include.cycle", place, message, {
    suggestion: "each file is read once; leave this one out",
  });
}

function parseText(source: SourceText, items: FileItems | null = null): ParsedText {
  return extname(source.file) === ".json" ? parseJson(source) : parseYaml(source, items);
}

function namedDocuments(source: SourceText, parsed: ParsedText, found: DiagnosticList): SourceDocument[] {
  found.addAll(parsed.diagnostics);
  const stem = basename(source.file, extname(source.file));
  return parsed.documents.map((root, index) => ({
    root,
    defaultName: index === 0 ? stem : `${stem}#${index + 1}`,
  }));
}

function noScripts(source: SourceText): ParsedText {
  const message = "a configuration in TypeScript cannot be run here";
  return { documents: [], diagnostics: [diagnoseFile("config.not_supported", source.file, message)] };
}

function unreadable(file: string, fault: FileFault): Diagnostic {
  if (fault.kind === "tooLarge") {
    const message = `the file is larger than ${formatSize(FILE_LIMIT_BYTES)}`;
    return diagnoseFile("file.too_large", file, message, "split it; all files of a directory are merged");
  }
  const code = fault.kind === "missing" ? "file.missing" : "file.unreadable";
  return diagnoseFile(code, file, `cannot read the file: ${fault.reason}`);
}

function tooMuch(file: string, count: number): Diagnostic {
  const limit =
    count > FILE_COUNT_LIMIT
      ? `of more than ${FILE_COUNT_LIMIT} files`
      : `larger than ${formatSize(TOTAL_LIMIT_BYTES)}`;
  return diagnoseFile("file.too_large", file, `with this file the configuration is ${limit} in all`);
}

const SPLIT_HINT = "captures and wildcards may say the same in fewer; or serve it with several proxies";
