/**
 * Texts into a line, so that nothing a client sends can end it, or the value it stands in. The common text is
 * plain ASCII and is copied; any other takes the slow way.
 */
import type { ByteSink } from "../../base/byte-sink.ts";

/** Of a value without the quotes around it. */
export interface Escape {
  text(sink: ByteSink, text: string): void;
  /** Bytes as received, one character each (latin1). */
  range(sink: ByteSink, bytes: Buffer, start: number, end: number): void;
}

/** For what stands between quotes in JSON. */
export const JSON_ESCAPE: Escape = escapeWith((text) => Buffer.from(JSON.stringify(text).slice(1, -1)));

/** As nginx and Apache write what is not plain: `\x22`. */
export const HEX_ESCAPE: Escape = escapeWith((text) =>
  Buffer.from(Buffer.from(text).toString("latin1").replace(NOT_PLAIN_GLOBAL, hexEscape), "latin1"),
);

function escapeWith(slowly: (text: string) => Buffer): Escape {
  return {
    text(sink, text) {
      if (isPlainText(text)) sink.latin1(text);
      else sink.all(slowly(text));
    },
    range(sink, bytes, start, end) {
      if (isPlainRange(bytes, start, end)) sink.range(bytes, start, end);
      else sink.all(slowly(bytes.toString("latin1", start, end)));
    },
  };
}

function isPlainRange(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (PLAIN[bytes[i]!] === 0) return false;
  return true;
}

function isPlainText(text: string): boolean {
  if (text.length > LOOP_CHARACTERS) return !NOT_PLAIN.test(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7e || PLAIN[code] === 0) return false;
  }
  return true;
}

function hexEscape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Visible ASCII and the space, but for `"` and `\`. */
const NOT_PLAIN = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
const NOT_PLAIN_GLOBAL = new RegExp(NOT_PLAIN, "g");
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  NOT_PLAIN.test(String.fromCharCode(byte)) ? 0 : 1,
);
/** Up to here a loop beats the call into the runtime. */
const LOOP_CHARACTERS = 40;
