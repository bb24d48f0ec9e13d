import { describe, expect, test } from "bun:test";
import { CLONE, type Encoding, encodeFrame, type Frame, FrameReader, JSON_TEXT } from "./frames.ts";

const FRAMES: readonly Frame[] = [
  { kind: "event", id: 0, value: { type: "leaving" } },
  { kind: "request", id: 7, value: { type: "drain", deadlineMs: 30_000 } },
  { kind: "answer", id: 4_294_967_295, value: { text: "ü".repeat(3_000), list: [1, null, true] } },
  { kind: "answer", id: 1, value: null },
];

function readAll(chunks: readonly Buffer[], encoding: Encoding): unknown[] {
  const reader = new FrameReader(encoding);
  const seen: unknown[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let next = reader.next(); next !== null; next = reader.next()) {
      seen.push(next);
      if (typeof next === "string") return seen;
    }
  }
  return seen;
}

for (const [name, encoding] of [
  ["clone", CLONE],
  ["JSON", JSON_TEXT],
] as const) {
  describe(`frames in ${name}`, () => {
    const bytes = Buffer.concat(FRAMES.map((frame) => encodeFrame(frame, encoding)));
    for (const step of [1, 3, 10, 11, 4_096, bytes.length]) {
      test(`come out as they went in, ${step} bytes at a time`, () => {
        const chunks = Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) =>
          bytes.subarray(index * step, (index + 1) * step),
        );
        expect(readAll(chunks, encoding)).toEqual([...FRAMES]);
      });
    }

    for (const [fault, at, byte] of [
      ["version", 4, 2],
      ["kind", 5, 0],
      ["kind", 5, 9],
      ["length", 3, 0xff],
      ["value", 10, 0xfe],
    ] as const) {
      test(`byte ${at} as ${byte} is a wrong ${fault}`, () => {
        const wrong = encodeFrame(FRAMES[0]!, encoding);
        wrong[at] = byte;
        expect(readAll([wrong], encoding)).toEqual([fault]);
      });
    }
  });
}

test("a clone carries what JSON does not", () => {
  const value = { limit: Number.POSITIVE_INFINITY, pattern: /^a+$/u, absent: undefined };
  const bytes = encodeFrame({ kind: "event", id: 0, value }, CLONE);
  expect(readAll([bytes], CLONE)).toEqual([{ kind: "event", id: 0, value }]);
});
