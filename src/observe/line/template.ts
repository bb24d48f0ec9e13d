/**
 * A line as a template: `{client} "{method} {path}" {status} {request_headers.user-agent}`. The names are the fields
 * of the JSON line; `{{` and `}}` stand for the braces themselves. What is not plain ASCII in a value, and `"` and
 * `\`, are written as `\x22`, so that a client can forge neither a line nor the end of a value.
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { Redaction } from "../redaction.ts";
import { type FieldSide, fieldPart, lineParts, PART_NAMES, type Part, type PartName } from "./line-parts.ts";
import type { LineWriter } from "./line-writer.ts";

export type TemplatePiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "part"; readonly name: PartName }
  | { readonly kind: "field"; readonly side: FieldSide; readonly name: string };

export interface TemplateFault {
  readonly kind: "unknownName" | "unclosed" | "stray" | "fieldName" | "lineBreak";
  /** What is wrong: the name, or the text from there on. */
  readonly text: string;
}

/** The format of Apache and nginx. */
export const COMBINED =
  '{client} - - [{time_common}] "{method} {path} {protocol}" {status} {sent_bytes} ' +
  '"{request_headers.referer}" "{request_headers.user-agent}"';

export function parseTemplate(template: string): Result<readonly TemplatePiece[], TemplateFault> {
  if (/[\x00-\x1f\x7f]/.test(template)) return err({ kind: "lineBreak", text: template });
  const pieces: TemplatePiece[] = [];
  for (const [token] of template.matchAll(TOKEN)) {
    if (token === "{{" || token === "}}") pieces.push({ kind: "text", text: token[0]! });
    else if (token === "}") return err({ kind: "stray", text: token });
    else if (!token.startsWith("{")) pieces.push({ kind: "text", text: token });
    else {
      const piece = placeholder(token);
      if (!piece.ok) return piece;
      pieces.push(piece.value);
    }
  }
  return ok(pieces);
}

function placeholder(token: string): Result<TemplatePiece, TemplateFault> {
  if (!token.endsWith("}")) return err({ kind: "unclosed", text: token });
  const name = token.slice(1, -1);
  const [, group, field] = FIELD.exec(name) ?? [];
  if (group !== undefined) {
    if (!FIELD_NAME.test(field!)) return err({ kind: "fieldName", text: field! });
    const side = group === "request" ? "request" : "answer";
    return ok({ kind: "field", side, name: field!.toLowerCase() });
  }
  const known = PART_NAMES.find((each) => each === name);
  return known === undefined ? err({ kind: "unknownName", text: name }) : ok({ kind: "part", name: known });
}

/** @param template one that `parseTemplate` has taken */
export function createTemplateLine(template: string, redaction: Redaction): LineWriter {
  const pieces = parseTemplate(template);
  if (!pieces.ok) throw new Error(`template: ${pieces.error.kind}`);
  const known = lineParts(redaction);
  const parts = pieces.value.map((piece) => partOf(piece, known, redaction));
  return {
    write(sink, record, wallMs) {
      for (const part of parts) part(sink, record, wallMs);
    },
  };
}

function partOf(piece: TemplatePiece, known: Readonly<Record<PartName, Part>>, redaction: Redaction): Part {
  if (piece.kind === "part") return known[piece.name];
  if (piece.kind === "field") return fieldPart(piece.side, piece.name, redaction);
  const bytes = Buffer.from(piece.text);
  return (sink) => sink.all(bytes);
}

/** The header fields that a template shows. */
export function fieldsOf(template: string, side: FieldSide): readonly string[] {
  const pieces = parseTemplate(template);
  if (!pieces.ok) return [];
  return pieces.value.flatMap((piece) => (piece.kind === "field" && piece.side === side ? [piece.name] : []));
}

/** The names that a placeholder may have, for hints. */
export const PLACEHOLDERS: readonly string[] = [...PART_NAMES, "request_headers.", "response_headers."];

const TOKEN = /\{\{|\}\}|\{[^{}]*\}?|\}|[^{}]+/g;
const FIELD = /^(request|response)_headers\.(.*)$/;
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
