/**
 * The way from foreign files to native YAML: read, hand to the format, write, check what was written. Whatever is
 * in the files, the outcome is YAML with notes, or errors.
 */
import type { Finding } from "../diagnostics/diagnostic.ts";
import { printable } from "../diagnostics/wording.ts";
import type { FileAccess } from "../source/file-access.ts";
import { placeAt, type SourceText } from "../source/source-text.ts";
import type { ConvertFormat } from "./convert-format.ts";
import { Findings } from "./findings.ts";
import { readForeignFile } from "./read-foreign-file.ts";
import { writeVerified } from "./verify.ts";

export interface Converted {
  /** Null after errors. */
  readonly yaml: string | null;
  readonly findings: readonly Finding[];
}

/** @param files at least one */
export async function convertFiles(
  format: ConvertFormat,
  files: readonly string[],
  access: FileAccess,
): Promise<Converted> {
  const findings = new Findings(files);
  const sources: SourceText[] = [];
  for (const file of files) {
    const source = await readForeignFile(file, access);
    if (source.ok) sources.push(source.value);
    else findings.add(source.error);
  }
  const yaml = findings.errorCount > 0 ? null : await convertSources(format, { sources, access }, findings);
  return { yaml, findings: findings.sorted() };
}

async function convertSources(
  format: ConvertFormat,
  input: { readonly sources: readonly SourceText[]; readonly access: FileAccess },
  findings: Findings,
): Promise<string | null> {
  const documents = await format.read(input, findings);
  const start = placeAt(input.sources[0]!, 0);
  if (findings.errorCount > 0) return null;
  if (documents.every(({ routes }) => routes.length === 0)) {
    findings.error(
      "convert.nothing",
      start,
      `there is nothing in it that could be served (${format.description})`,
    );
    return null;
  }
  return writeVerified(documents, headingOf(format, input.sources), start, findings);
}

function headingOf(format: ConvertFormat, sources: readonly SourceText[]): string {
  const files = sources.map(({ file }) => printable(file)).join(", ");
  return `Converted from ${format.name}: ${files}`;
}
