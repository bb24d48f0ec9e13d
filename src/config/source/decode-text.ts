/**
 * Bytes to text, or the place of the first byte that is not text. Readers further on may then assume
 * valid UTF-8 without control characters; a byte order mark is dropped.
 */

import { err, ok, type Result } from "../../base/result.ts";
import { type Diagnostic, diagnose, diagnoseFile } from "../diagnostics/diagnostic.ts";
import { placeAt, SourceText } from "./source-text.ts";

export function decodeText(file: string, bytes: Uint8Array): Result<SourceText, Diagnostic> {
  if (looksLikeUtf16(bytes)) {
    return err(diagnoseFile("file.encoding", file, "the file is UTF-16", "save it as UTF-8"));
  }
  const bad = firstInvalidByte(bytes);
  if (bad !== -1) return err(invalidByte(file, bytes, bad));
  const source = new SourceText(file, new TextDecoder().decode(bytes));
  const control = source.text.search(CONTROL_CHARACTER);
  return control === -1 ? ok(source) : err(controlCharacter(source, control));
}

function invalidByte(file: string, bytes: Uint8Array, offset: number): Diagnostic {
  const before = new TextDecoder().decode(bytes.subarray(0, offset));
  // What follows is shown with replacement characters; only the text up to the fault has to be exact.
  const after = new TextDecoder().decode(bytes.subarray(offset, offset + SHOWN_AFTER_BYTES));
  const source = new SourceText(file, before + after);
  const hex = bytes[offset]!.toString(16).padStart(2, "0");
  return diagnose("file.encoding", placeAt(source, before.length), `byte 0x${hex} is not valid UTF-8`, {
    suggestion: "save the file as UTF-8",
  });
}

function controlCharacter(source: SourceText, offset: number): Diagnostic {
  const code = source.text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, "0");
  return diagnose(
    "file.control_character",
    placeAt(source, offset),
    `the control character U+${code} has no place in a configuration`,
    {
      suggestion: 'write it as an escape inside double quotes, such as "\\u0007", if it is meant',
    },
  );
}

/** RFC 3629 section 4, without the forms that stand for surrogates or need too many bytes. */
function firstInvalidByte(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  if (second < lowestSecond(first) || second > highestSecond(first)) return 0;
  for (let next = 2; next < length; next++) {
    if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function lowestSecond(first: number): number {
  return first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
}

function highestSecond(first: number): number {
  return first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
}

function looksLikeUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** Tab, line feed and carriage return are text; U+0085 (next line) is allowed by YAML and helps nobody. */
const CONTROL_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
const SHOWN_AFTER_BYTES = 64;
