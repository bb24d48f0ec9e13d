/** Base64 in pieces: every cut of it gives the same bytes, and what is none is refused. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Base64Reader, base64Piece } from "./base64-body.ts";

function read(pieces: readonly Uint8Array[]): Buffer | null {
  const reader = new Base64Reader();
  const out: Buffer[] = [];
  for (const piece of pieces) {
    const bytes = reader.push(piece, 0, piece.length);
    if (bytes === null) return null;
    out.push(bytes);
  }
  return reader.isWhole ? Buffer.concat(out) : null;
}

test("what was written in pieces is read, however it is cut on its way", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(messages, fc.integer({ min: 1, max: 9 }), (pieces, step) => {
      const sent = Buffer.concat(
        pieces.map((piece) => base64Piece(Buffer.concat([Buffer.alloc(3), piece]), 3, 3 + piece.length)),
      );
      const cut: Buffer[] = [];
      for (let at = 0; at < sent.length; at += step) cut.push(sent.subarray(at, at + step));
      expect(read(cut)).toEqual(Buffer.concat(pieces));
    }),
  );
});

describe("what is no base64", () => {
  for (const text of [
    "A",
    "AB",
    "ABC",
    "=",
    "A===",
    "AB=C",
    "AB==C",
    "ABC=D",
    "AB C",
    "AB-_",
    "ÄBCD",
    "AAAA\n",
  ]) {
    test(JSON.stringify(text), () => expect(read([Buffer.from(text, "latin1")])).toBe(null));
  }
});

test("padding ends a group, not the body", () => {
  expect(read([Buffer.from("AQ==AgM=BAUG")])).toEqual(Buffer.from([1, 2, 3, 4, 5, 6]));
});
