/**
 * References in text: `${NAME}`, `${NAME:-default}` and `${file:/run/secrets/token}`; `$${` is a plain `${`. The
 * forms are those of shells and compose files, and nothing else of a shell: what looks like more is refused.
 */

export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "variable";
      readonly raw: string;
      readonly name: string;
      readonly fallback: string | null;
    }
  | { readonly kind: "file"; readonly raw: string; readonly path: string }
  | { readonly kind: "malformed"; readonly raw: string; readonly problem: string; readonly hint: string };

/** Null when there is nothing but text that stands for itself. */
export function parseReferences(text: string): Piece[] | null {
  if (!text.includes("${")) return null;
  const pieces: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(REFERENCE)) {
    if (match.index > done) pieces.push({ kind: "text", text: text.slice(done, match.index) });
    const [raw, inner, closing] = match;
    pieces.push(
      inner === undefined ? { kind: "text", text: "${" } : parseReference(raw, inner, closing === "}"),
    );
    done = match.index + raw.length;
  }
  if (done < text.length) pieces.push({ kind: "text", text: text.slice(done) });
  return pieces;
}

function parseReference(raw: string, inner: string, isClosed: boolean): Piece {
  if (!isClosed) return { kind: "malformed", raw, problem: "has no closing `}`", hint: LITERAL_HINT };
  const path = /^file:(.+)$/s.exec(inner)?.[1];
  if (path !== undefined) return { kind: "file", raw, path };
  const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inner) ?? [];
  if (name !== undefined) return { kind: "variable", raw, name, fallback: fallback ?? null };
  return { kind: "malformed", raw, problem: "is not a reference", hint: hintFor(inner) };
}

function hintFor(inner: string): string {
  const [, name, text] = /^([A-Za-z_][A-Za-z0-9_]*):?[-=?+]?(.*)$/s.exec(inner) ?? [];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how people write it
  if (name === "file") return "write the path behind it: `${file:/run/secrets/token}`";
  if (name !== undefined) return `for a default, write \`\${${name}:-${text}}\``;
  return `${FORMS}; ${LITERAL_HINT}`;
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is how people write it
const FORMS = "references are `${NAME}`, `${NAME:-default}` and `${file:/path}`";
const LITERAL_HINT = "a `${` that stands for itself is written `$${`";
