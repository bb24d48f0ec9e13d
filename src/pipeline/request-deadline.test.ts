/** What clients give, and what targets are told of it. */
import { describe, expect, test } from "bun:test";
import { EVENT } from "../protocol/h1/events.ts";
import { RequestReader } from "../protocol/h1/request-reader.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import { deadlineFields, givenDeadlineMs } from "./request-deadline.ts";

const LIMITS = { headBytes: 4_096, fieldCount: 32, lineBytes: 1_024, chunkExtensionBytes: 64 };

function headWith(fields: string, isHttp2 = false): RequestHead {
  const reader = new RequestReader(LIMITS);
  reader.push(Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n${fields}\r\n`));
  expect(reader.next()).toBe(EVENT.head);
  if (isHttp2) reader.head.majorVersion = 2;
  return reader.head;
}

const CALL = "Content-Type: application/grpc\r\n";

describe("given", () => {
  for (const [value, ms] of [
    ["1500", 1_500],
    ["0", 0],
    ["1.5", Number.POSITIVE_INFINITY],
    ["-1", Number.POSITIVE_INFINITY],
    ["5s", Number.POSITIVE_INFINITY],
    ["99999999999", Number.POSITIVE_INFINITY],
  ] as const) {
    test(`by a field of our own: ${value}`, () => {
      expect(givenDeadlineMs(headWith(`X-Timeout: ${value}\r\n`), "x-timeout")).toBe(ms);
    });
  }

  for (const [value, ms] of [
    ["1H", 3_600_000],
    ["2M", 120_000],
    ["3S", 3_000],
    ["250m", 250],
    ["500000u", 500],
    ["1000000n", 1],
    ["123456789m", Number.POSITIVE_INFINITY],
    ["5", Number.POSITIVE_INFINITY],
    ["5s", Number.POSITIVE_INFINITY],
  ] as const) {
    test(`by a call: ${value}`, () => {
      expect(givenDeadlineMs(headWith(`${CALL}Grpc-Timeout: ${value}\r\n`, true), null)).toBeCloseTo(ms, 6);
    });
  }

  test("by nobody, or by a field that nobody asked for", () => {
    expect(givenDeadlineMs(headWith("X-Timeout: 5\r\n"), null)).toBe(Number.POSITIVE_INFINITY);
    expect(givenDeadlineMs(headWith("Grpc-Timeout: 5S\r\n"), null)).toBe(Number.POSITIVE_INFINITY);
  });

  test("by both: the shorter one", () => {
    const head = headWith(`${CALL}Grpc-Timeout: 5S\r\nX-Timeout: 200\r\n`, true);
    expect(givenDeadlineMs(head, "x-timeout")).toBe(200);
  });
});

describe("told", () => {
  test("what is left, in whole milliseconds, in place of what was given", () => {
    const head = headWith("X-Timeout: 1500\r\n");
    expect(deadlineFields(head, "x-timeout", 1_234.9)).toEqual([["x-timeout", "1234"]]);
    expect(head.fields.idAt(2)).not.toBe(0);
  });

  test("to calls as gRPC has it, and never nothing", () => {
    expect(deadlineFields(headWith(CALL, true), null, 0.2)).toEqual([["grpc-timeout", "1m"]]);
    expect(deadlineFields(headWith(CALL, true), null, 1e12)).toEqual([["grpc-timeout", "99999999m"]]);
  });

  test("nothing where there is no end", () => {
    expect(deadlineFields(headWith("X-Timeout: 5\r\n"), "x-timeout", Number.POSITIVE_INFINITY)).toEqual([]);
  });
});
