/**
 * What every foreign format offers: its files' text in, native documents out, and a finding with its place for
 * everything that is not carried over as it was. A format is a folder beside this file and a line in `formats.ts`;
 * it knows nothing of YAML output, of the command line, or of the other formats.
 */
import type { FileAccess } from "../source/file-access.ts";
import type { SourceText } from "../source/source-text.ts";
import type { DocumentDraft } from "./draft/document-draft.ts";
import type { Findings } from "./findings.ts";

export interface ConvertFormat {
  /** As `--from` has it. */
  readonly name: string;
  /** For `--help`: what its files are. */
  readonly description: string;
  /**
   * Whatever the text, it ends in documents or findings, never in an exception. Documents count only when
   * there was no error. Everything in the text is either in a document or has a finding.
   */
  read(input: ForeignInput, findings: Findings): Promise<readonly DocumentDraft[]>;
}

export interface ForeignInput {
  /** In the order of the command line, at least one. */
  readonly sources: readonly SourceText[];
  /** For files that these include. */
  readonly access: FileAccess;
}
