/** What the YAML library says about a broken text, in words and at a place that help to mend it. */
import { type Document, visit, type YAMLError } from "yaml";
import { type Diagnostic, diagnose } from "../diagnostics/diagnostic.ts";
import { placeAt, type SourceText } from "./source-text.ts";

export function explainSyntaxError(
  source: SourceText,
  document: Document.Parsed,
  error: YAMLError,
): Diagnostic {
  const [start, end] = error.pos;
  const place = placeAt(source, start, end);
  if (error.code === "TAB_AS_INDENT") {
    return diagnose("yaml.tab", place, "a tab is used for indentation", {
      suggestion: "indent with spaces; YAML allows no tabs there",
    });
  }
  if (isBareReference(source, error)) {
    const suggestion = "put the whole value in quotes; outside brackets it needs none";
    return diagnose("yaml.syntax", placeAt(source, start - 1, end), BARE_REFERENCE, { suggestion });
  }
  const bracket = error.code === "BAD_INDENT" ? openBracket(document, start) : null;
  if (bracket !== null) {
    const suggestion = "close it; its lines stand deeper than the key in front of it";
    return diagnose("yaml.syntax", placeAt(source, bracket), "the bracket that opens here is not closed", {
      suggestion,
    });
  }
  // The library points at where it gave up, which is the end of the file.
  const quote = error.code === "MISSING_CHAR" ? openQuote(document, start) : null;
  if (quote !== null)
    return diagnose("yaml.syntax", placeAt(source, quote), "the quote that begins here is not closed");
  const message = WORDS.get(error.code) ?? error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return diagnose("yaml.syntax", place, message, { suggestion: HINTS.get(error.code) ?? null });
}

/** `{ listen: ${PORT} }`: the brace begins a map in the middle of the text. What else is told follows from it. */
export function isBareReference({ text }: SourceText, { pos }: YAMLError): boolean {
  return text[pos[0]] === "{" && text[pos[0] - 1] === "$";
}

/** The innermost bracket that was still open where the library gave up. */
function openBracket(document: Document.Parsed, at: number): number | null {
  let start: number | null = null;
  visit(document, {
    Collection(_key, { flow, range }) {
      if (flow === true && range && range[0] < at && range[2] >= at) start = range[0];
    },
  });
  return start;
}

/** Where the quoted text begins that ends at `end` without its quote. */
function openQuote(document: Document.Parsed, end: number): number | null {
  let start: number | null = null;
  visit(document, {
    Scalar(_key, { type, range }) {
      if (range?.[1] !== end || !type?.startsWith("QUOTE")) return undefined;
      start = range[0];
      return visit.BREAK;
    },
  });
  return start;
}

/** Where the library speaks to those who know the grammar. */
const WORDS = new Map<YAMLError["code"], string>([
  ["BLOCK_AS_IMPLICIT_KEY", "there is a second `: ` on this line, and a value cannot have keys beside it"],
  ["BAD_SCALAR_START", "unquoted text cannot begin with this character"],
  ["MULTILINE_IMPLICIT_KEY", "a key has to stand on one line, with its `:`"],
]);

const BARE_REFERENCE = "a reference inside brackets needs quotes, because of its braces";

const HINTS = new Map<YAMLError["code"], string>([
  ["BAD_SCALAR_START", "put the value in quotes"],
  ["BAD_INDENT", "is a bracket not closed, or a line not indented like the others?"],
  ["BLOCK_AS_IMPLICIT_KEY", "put text that contains `: ` in quotes"],
  ["MULTILINE_IMPLICIT_KEY", "is a `:` missing after a key, or a quote not closed?"],
  ["MISSING_CHAR", "is a comma, bracket, brace or `:` missing?"],
]);
