/**
 * YAML text to located trees, one per document. The `yaml` package splits and composes; what scalars mean,
 * duplicate keys, aliases, merge keys and tags are ours (`yaml-tree.ts`), because each needs a place and
 * a bound. Nesting is checked while tokens arrive, before anything recursive sees them.
 */
import { Composer, type Document, Lexer, type ParsedNode, Parser } from "yaml";
import { type Diagnostic, diagnose, diagnoseFile } from "../diagnostics/diagnostic.ts";
import { formatSize } from "../values/size.ts";
import type { ConfigNode } from "./config-node.ts";
import type { FileItems } from "./item-memory.ts";
import { DEPTH_LIMIT, FULL_YAML_LIMIT_BYTES, SYNTAX_ERROR_LIMIT } from "./limits.ts";
import { readQuickly } from "./quick-yaml.ts";
import { placeAt, type SourceText } from "./source-text.ts";
import { explainSyntaxError, isBareReference } from "./yaml-syntax.ts";
import { buildYamlTree } from "./yaml-tree.ts";

export interface ParsedText {
  /** Documents that could be read; empty ones are left out. */
  readonly documents: readonly ConfigNode[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The quick reader for what it knows, else the full one: the outcome is the same.
 * @param items see `readQuickly`
 */
export function parseYaml(source: SourceText, items: FileItems | null = null): ParsedText {
  const documents = readQuickly(source, items);
  if (documents !== null) return { documents, diagnostics: [] };
  return source.text.length > FULL_YAML_LIMIT_BYTES ? refused(tooLarge(source)) : parseYamlFully(source);
}

export function parseYamlFully(source: SourceText): ParsedText {
  try {
    return parseDocuments(source);
  } catch (thrown) {
    // The library throws on no input that we know of. If it does, that is a bug and still an answer.
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return refused(diagnose("yaml.syntax", placeAt(source, 0), `the YAML reader gave up: ${message}`));
  }
}

function parseDocuments(source: SourceText): ParsedText {
  const parsed = composeDocuments(source);
  if (!Array.isArray(parsed)) return refused(parsed);
  const documents: ConfigNode[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const document of parsed) {
    const isPlain = document.errors[0] !== undefined && isBareReference(source, document.errors[0]);
    const errors = document.errors.slice(0, isPlain ? 1 : SYNTAX_ERROR_LIMIT);
    diagnostics.push(...errors.map((error) => explainSyntaxError(source, document, error)));
    if (errors.length > 0 || document.contents === null) continue;
    const tree = buildYamlTree(source, document.contents as ParsedNode);
    diagnostics.push(...tree.diagnostics);
    if (tree.root !== null) documents.push(tree.root);
  }
  return { documents, diagnostics };
}

/** The documents, or a finding when the text nests too deeply to be composed by recursion. */
function composeDocuments(source: SourceText): Document.Parsed[] | Diagnostic {
  const parser = new Parser();
  const composer = new Composer(COMPOSER_OPTIONS);
  const documents: Document.Parsed[] = [];
  for (const lexeme of new Lexer().lex(source.text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (parser.stack.length > PARSER_STACK_LIMIT) {
      return diagnose("yaml.too_deep", placeAt(source, parser.offset - 1), TOO_DEEP);
    }
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  // `forceDoc` brings errors to light that belong to no document, such as a directive alone.
  documents.push(...composer.end(true, source.text.length));
  return documents;
}

function tooLarge(source: SourceText): Diagnostic {
  const message = `a file with mistakes, or with more than simple YAML, is read up to ${formatSize(FULL_YAML_LIMIT_BYTES)}`;
  const hint = "split it, or leave out anchors, tags, tabs and text over several lines";
  return diagnoseFile("file.too_large", source.file, message, hint);
}

function refused(diagnostic: Diagnostic): ParsedText {
  return { documents: [], diagnostics: [diagnostic] };
}

const COMPOSER_OPTIONS = {
  // All scalars stay text: `plain-scalar.ts` decides, whatever `%YAML` version the file names.
  schema: "failsafe",
  resolveKnownTags: false,
  // Ours names both places, and does not compare each key with all before it.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "silent",
} as const;

/** The parser stacks one token per level, one for the document and one for the scalar at hand. */
const PARSER_STACK_LIMIT = DEPTH_LIMIT + 2;
const TOO_DEEP = `lists and maps are nested deeper than ${DEPTH_LIMIT} levels`;
