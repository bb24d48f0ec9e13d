import { describe, expect, test } from "bun:test";
import { formatTraceparent, isTracestate, parseTraceparent } from "./trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

describe("a traceparent", () => {
  for (const [text, flags] of [
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    [`00-${TRACE}-${SPAN}-03`, 3],
    // Flags that we do not know are not passed on.
    [`00-${TRACE}-${SPAN}-ff`, 3],
    [`00-${TRACE}-${SPAN}-08`, 0],
    // Later versions may have more behind it.
    [`01-${TRACE}-${SPAN}-01`, 1],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-brings`, 1],
    [`cc-${TRACE}-${SPAN}-01-`, 1],
  ] as const) {
    test(`${text} is taken`, () => {
      expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, flags });
    });
  }

  for (const text of [
    "",
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01-`,
    `cc-${TRACE}-${SPAN}-01.more`,
    `cc-${TRACE}-${SPAN}-01x`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-0A`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `0-${TRACE}-${SPAN}-01`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    `00_${TRACE}_${SPAN}_01`,
  ]) {
    test(`"${text}" is as if it had not come`, () => expect(parseTraceparent(text)).toBeNull());
  }

  test("is written as version 00", () => {
    expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, flags: 3 })).toBe(`00-${TRACE}-${SPAN}-03`);
  });
});

describe("a tracestate", () => {
  const members = (count: number) => Array.from({ length: count }, (_, at) => `k${at}=v`).join(",");
  for (const text of [
    "rojo=00f067aa0ba902b7",
    "rojo=1,congo=t61rcWkgMzE",
    "rojo=1 ,\t congo=2",
    "rojo=1,,congo=2,",
    "fw529a3039@dt=FfTYz",
    "0tenant@1system=x",
    "a_-*/b=!\"#$%&'()*+-./:;<>?@[]^_`{|}~",
    "a= b",
    `${"k".repeat(256)}=${"v".repeat(256)}`,
    members(32),
  ]) {
    test(`${text.slice(0, 60)} goes on`, () => expect(isTracestate(text)).toBe(true));
  }

  for (const text of [
    "",
    ",",
    "rojo",
    "rojo=",
    "=1",
    "Rojo=1",
    "ro jo=1",
    "rojo =1",
    "_rojo=1",
    "@dt=1",
    "rojo=1=2",
    "rojo=\u00e9",
    "rojo=a\tb",
    "rojo=1,rojo=2",
    `${"k".repeat(257)}=v`,
    `k=${"v".repeat(257)}`,
    members(33),
  ]) {
    test(`"${text.slice(0, 60)}" does not`, () => expect(isTracestate(text)).toBe(false));
  }
});
