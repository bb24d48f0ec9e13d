/** Durations and sizes: what is taken, what is refused, and what is suggested instead. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatDuration, parseDuration } from "./duration.ts";
import { formatSize, parseSize } from "./size.ts";

test("durations with each unit", () => {
  const rows = { "250ms": 250, "5s": 5000, "1m": 60_000, "2h": 7_200_000, "0s": 0, "366s": 366_000 };
  for (const [text, ms] of Object.entries(rows)) expect(parseDuration(text)).toEqual({ ok: true, value: ms });
});

test("sizes with each unit", () => {
  const rows = { "7B": 7, "64KiB": 65_536, "10MiB": 10_485_760, "1GiB": 1_073_741_824, "0B": 0 };
  for (const [text, bytes] of Object.entries(rows))
    expect(parseSize(text)).toEqual({ ok: true, value: bytes });
});

test("other programs' spellings are refused with the one that is meant", () => {
  const durations = {
    "5 s": "5s",
    "5sec": "5s",
    "1.5s": "1500ms",
    "1d": "24h",
    "5M": "5m",
    "90 minutes": "90m",
  };
  for (const [text, better] of Object.entries(durations)) {
    expect(parseDuration(text)).toMatchObject({ ok: false, error: { suggestion: `write \`${better}\`` } });
  }
  const sizes = { "64k": "64KiB", "10MB": "10MiB", "1.5GiB": "1536MiB", "5bytes": "5B", "1g": "1GiB" };
  for (const [text, better] of Object.entries(sizes)) {
    expect(parseSize(text)).toMatchObject({ ok: false, error: { suggestion: `write \`${better}\`` } });
  }
});

test("no sign, no exponent, no blank, no other script, no overflow", () => {
  for (const text of ["", "-5s", "+5s", "1e3s", " 5s", "5s ", "٥s", "999999999999h", "5", "s", "5ss"]) {
    expect(parseDuration(text).ok).toBe(false);
  }
  for (const text of ["", "-5B", "1e3B", " 5B", "9999999999999GiB", "5", "KiB"])
    expect(parseSize(text).ok).toBe(false);
});

test("what is formatted is read as the same again", () => {
  fc.assert(
    fc.property(fc.nat(30_000_000), (value) => {
      expect(parseDuration(formatDuration(value))).toEqual({ ok: true, value });
      expect(parseSize(formatSize(value))).toEqual({ ok: true, value });
    }),
  );
});
