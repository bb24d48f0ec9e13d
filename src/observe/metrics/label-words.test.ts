import { expect, test } from "bun:test";
import fc from "fast-check";
import { ERRORS } from "../../base/proxy-error.ts";
import {
  ERROR_CODES,
  errorIndex,
  METHODS,
  methodIndex,
  STATUS_CLASSES,
  statusClassIndex,
} from "./label-words.ts";

test("known methods have their own place, and whatever else is sent has one together", () => {
  expect(METHODS.slice(0, -1).map(methodIndex)).toEqual(METHODS.slice(0, -1).map((_, i) => i));
  fc.assert(
    fc.property(fc.string(), (method) => {
      const known = METHODS.slice(0, -1).includes(method as never);
      expect(METHODS[methodIndex(method)]!).toBe(known ? (method as never) : "other");
    }),
  );
  expect(["get", "other", "PROPFIND", "GETS"].map((method) => METHODS[methodIndex(method)]!)).toEqual(
    Array(4).fill("other"),
  );
});

test("every status has a class", () => {
  const classes = [0, 101, 200, 204, 308, 404, 499, 599, 600, 999].map(
    (status) => STATUS_CLASSES[statusClassIndex(status)],
  );
  expect(classes).toEqual(["none", "1xx", "2xx", "2xx", "3xx", "4xx", "4xx", "5xx", "5xx", "5xx"]);
});

test("every error has a place of its own", () => {
  const places = Object.keys(ERRORS).map((code) => errorIndex(code as keyof typeof ERRORS));
  expect(new Set(places).size).toBe(ERROR_CODES.length);
  expect(ERROR_CODES[errorIndex("upstream.refused")]).toBe("upstream.refused");
});
