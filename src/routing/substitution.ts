/**
 * Text with references to what the path captured: `/v2/users/{id}`, or `/v$1/${rest}` beside a regex. Read once
 * when the configuration is, filled in for each request.
 *
 * Captured text is part of a normalised path, so it is still percent-encoded and holds neither `?`, `#`, nor
 * a slash that came as `%2F`. In a query other characters have a meaning as well; there they are encoded.
 */
import { err, ok, type Result } from "../base/result.ts";

/** Literal text, or the name or (as digits) the number of a capture. */
export type Piece = { readonly text: string } | { readonly key: string };

export interface SubstitutionSyntax {
  /** Matches one reference: group 1 is a number, group 2 a name; neither is a literal `$`. */
  readonly reference: RegExp;
  readonly example: string;
}

/** `{name}` */
export const BRACES: SubstitutionSyntax = {
  reference: /()\{([A-Za-z_][A-Za-z0-9_]*)\}/g,
  example: "{name}",
};

/** `$1`, `${name}`, and `$$` for a dollar sign, which may also stand alone. */
export const DOLLARS: SubstitutionSyntax = {
  reference: /\$(?:(\d{1,2})|\{([A-Za-z_][A-Za-z0-9_]*)\}|\$)/g,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how people write it
  example: "${name}",
};

/**
 * @param canonical brings literal text into the form of a request
 * @returns what is wrong, for people, as the error
 */
export function parsePieces(
  text: string,
  syntax: SubstitutionSyntax,
  canonical: (literal: string) => Result<string, string>,
): Result<readonly Piece[], string> {
  const pieces: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(syntax.reference)) {
    const literal = readLiteral(text.slice(done, match.index), syntax, canonical);
    if (!literal.ok) return literal;
    const [whole, number, name] = match;
    pieces.push({ text: literal.value }, readReference(number, name));
    done = match.index + whole.length;
  }
  const last = readLiteral(text.slice(done), syntax, canonical);
  if (!last.ok) return last;
  pieces.push({ text: last.value });
  return ok(pieces.filter((piece) => !("text" in piece) || piece.text !== ""));
}

export function keysOf(pieces: readonly Piece[]): string[] {
  return pieces.flatMap((piece) => ("key" in piece ? [piece.key] : []));
}

export function fill(pieces: readonly Piece[], textOf: (key: string) => string): string {
  let result = "";
  for (const piece of pieces) result += "text" in piece ? piece.text : textOf(piece.key);
  return result;
}

/** Captured text as part of a query: data, not another parameter, and `+` is not a space. */
export function encodeForQuery(captured: string): string {
  return captured.replace(/[&=+;]/g, (delimiter) => `%${delimiter.charCodeAt(0).toString(16).toUpperCase()}`);
}

function readReference(number: string | undefined, name: string | undefined): Piece {
  if (number) return { key: number };
  return name === undefined ? { text: "$" } : { key: name };
}

function readLiteral(
  text: string,
  syntax: SubstitutionSyntax,
  canonical: (literal: string) => Result<string, string>,
): Result<string, string> {
  if (/[{}]/.test(text)) return err(`'${text}': a capture is written ${syntax.example}`);
  return canonical(text);
}
