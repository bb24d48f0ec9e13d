import { expect, test } from "bun:test";
import fc from "fast-check";
import { type ExplainedFacts, explanationOf } from "./explained-answer.ts";

const FACTS: ExplainedFacts = {
  listener: "web",
  route: "shop/0",
  action: "proxy",
  rewritten: true,
  upstream: "api",
  target: "10.0.0.1:3000",
  attempts: 2,
  error: null,
  requestId: "id",
};

test("names what took the request, and leaves out what there is not", () => {
  expect(explanationOf(FACTS)).toBe(
    'listener="web", route="shop/0", action="proxy", upstream="api", target="10.0.0.1:3000", request_id="id", rewritten, attempts=2',
  );
  const refused = {
    ...FACTS,
    route: null,
    action: null,
    upstream: null,
    target: null,
    attempts: 0,
    rewritten: false,
  };
  expect(explanationOf({ ...refused, error: "route.not_found" })).toBe(
    'listener="web", error="route.not_found", request_id="id"',
  );
});

test("is a field value of bounded length, whatever the names are", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (name) => {
      const facts = { ...FACTS, listener: name, route: name, upstream: name, target: name, requestId: name };
      const value = explanationOf({ ...facts, action: name, error: name });
      expect(value).toMatch(/^[\x20-\x7e]+$/);
      expect(value.length).toBeLessThan(2_048);
      expect(value.replace(/"(?:[^"\\]|\\["\\])*"/g, "")).toBe(
        "listener=, route=, action=, upstream=, target=, error=, request_id=, rewritten, attempts=2",
      );
    }),
  );
});
