/** Reads files one after another into located documents; a file that cannot be read leaves only a finding. */
import { basename, extname } from "node:path";
import { type Diagnostic, diagnoseFile } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { formatSize } from "../values/size.ts";
import type { ConfigNode } from "./config-node.ts";
import { decodeText } from "./decode-text.ts";
import type { FileAccess, FileFault } from "./file-access.ts";
import { FILE_LIMIT_BYTES, TOTAL_LIMIT_BYTES } from "./limits.ts";
import { parseJson } from "./parse-json.ts";
import { parseYaml } from "./parse-yaml.ts";
import type { SourceText } from "./source-text.ts";

export interface SourceDocument {
  readonly root: ConfigNode;
  /** What the document is called when it does not say: the file's stem, `#2` for a second document. */
  readonly defaultName: string;
}

export async function readFiles(
  files: readonly string[],
  access: FileAccess,
  found: DiagnosticList,
): Promise<SourceDocument[]> {
  const documents: SourceDocument[] = [];
  let total = 0;
  for (const file of files) {
    const bytes = await access.read(file, FILE_LIMIT_BYTES);
    if (!bytes.ok) {
      found.add(unreadable(file, bytes.error));
      continue;
    }
    total += bytes.value.length;
    if (total > TOTAL_LIMIT_BYTES) {
      found.add(tooMuch(file));
      break;
    }
    documents.push(...readDocuments(file, bytes.value, found));
  }
  return documents;
}

/** The documents in a file's bytes. */
export function readDocuments(file: string, bytes: Uint8Array, found: DiagnosticList): SourceDocument[] {
  const source = decodeText(file, bytes);
  if (source.ok) return parseDocuments(source.value, found);
  found.add(source.error);
  return [];
}

function parseDocuments(source: SourceText, found: DiagnosticList): SourceDocument[] {
  const extension = extname(source.file);
  const parsed = extension === ".json" ? parseJson(source) : parseYaml(source);
  found.addAll(parsed.diagnostics);
  const stem = basename(source.file, extension);
  return parsed.documents.map((root, index) => ({
    root,
    defaultName: index === 0 ? stem : `${stem}#${index + 1}`,
  }));
}

function unreadable(file: string, fault: FileFault): Diagnostic {
  if (fault.kind === "tooLarge") {
    const message = `the file is larger than ${formatSize(FILE_LIMIT_BYTES)}`;
    return diagnoseFile("file.too_large", file, message, "split it; all files of a directory are merged");
  }
  const code = fault.kind === "missing" ? "file.missing" : "file.unreadable";
  return diagnoseFile(code, file, `cannot read the file: ${fault.reason}`);
}

function tooMuch(file: string): Diagnostic {
  const message = `with this file the configuration is larger than ${formatSize(TOTAL_LIMIT_BYTES)} in all`;
  return diagnoseFile("file.too_large", file, message);
}
