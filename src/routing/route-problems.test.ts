import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cpuTimeMs } from "../base/test-support/cpu-time.ts";
import { compileRoutes } from "./compile-routes.ts";
import { apart, covers, same } from "./constraint-sets.ts";
import { ConstraintCompiler, type Constraints, firstFailure } from "./constraints.ts";
import type { RouteMatch } from "./route-match.ts";
import type { RouteRule } from "./router.ts";
import { request, rule, values } from "./test-support/rules.ts";

describe("two rules", () => {
  const get = { methods: ["GET"] };
  const cases: readonly (readonly [
    name: string,
    a: RouteRule<string>,
    b: RouteRule<string>,
    code: string | null,
  ])[] = [
    ["with the same path", rule("a", "/x"), rule("b", "/x"), "duplicate"],
    ["with the same exact path", rule("a", "=/x"), rule("b", "=/x"), "duplicate"],
    ["with the same regex", rule("a", "~x"), rule("b", "~x"), "duplicate"],
    ["with one path in two spellings", rule("a", "/caf%c3%a9"), rule("b", "/café"), "duplicate"],
    ["whose captures differ in name only", rule("a", "/{a}"), rule("b", "/{b}"), "duplicate"],
    ["of a slash and of a remainder", rule("a", "/x/"), rule("b", "/x/{*rest}"), "duplicate"],
    ["with and without the slash", rule("a", "/x"), rule("b", "/x/"), null],
    ["exact and prefix", rule("a", "/x"), rule("b", "=/x"), null],
    ["with different regexes", rule("a", "~x"), rule("b", "~x+"), null],
    [
      "of different hosts",
      rule("a", "/x", { hosts: ["a.example"] }),
      rule("b", "/x", { hosts: ["b.example"] }),
      null,
    ],
    ["with and without a host", rule("a", "/x", { hosts: ["a.example"] }), rule("b", "/x"), null],
    [
      "wildcard and exact",
      rule("a", "/x", { hosts: ["*.e.org"] }),
      rule("b", "/x", { hosts: ["a.e.org"] }),
      null,
    ],
    [
      "with a host in common",
      rule("a", "/x", { hosts: ["a", "b"] }),
      rule("b", "/x", { hosts: ["b", "c"] }),
      "duplicate",
    ],
    [
      "with hosts in different case",
      rule("a", "/x", { hosts: ["A"] }),
      rule("b", "/x", { hosts: ["a"] }),
      "duplicate",
    ],
    ["with and without a method", rule("a", "/x", get), rule("b", "/x"), null],
    ["with the same method", rule("a", "/x", get), rule("b", "/x", get), "duplicate"],
    ["with different methods", rule("a", "/x", get), rule("b", "/x", { methods: ["PUT"] }), null],
    [
      "with a method in common",
      rule("a", "/x", get),
      rule("b", "/x", { methods: ["PUT", "GET"] }),
      "ambiguous",
    ],
    [
      "with methods in another order",
      rule("a", "/x", { methods: ["A", "B"] }),
      rule("b", "/x", { methods: ["B", "A"] }),
      "duplicate",
    ],
    ["with different headers", withHeaders("a", { a: "1" }), withHeaders("b", { b: "1" }), "ambiguous"],
    ["with different values of a header", withHeaders("a", { a: "1" }), withHeaders("b", { a: "2" }), null],
    ["with a value and any value", withHeaders("a", { a: "1" }), withHeaders("b", { a: "*" }), "ambiguous"],
    [
      "with a value and a pattern that takes it",
      withHeaders("a", { a: "1" }),
      withHeaders("b", { a: "~\\d" }),
      "ambiguous",
    ],
    [
      "with a value and a pattern that does not",
      withHeaders("a", { a: "x" }),
      withHeaders("b", { a: "~\\d" }),
      null,
    ],
    ["with two patterns", withHeaders("a", { a: "~1" }), withHeaders("b", { a: "~\\d" }), null],
    ["with the same pattern", withHeaders("a", { a: "~1" }), withHeaders("b", { a: "~1" }), "duplicate"],
    ["of one header and of two", withHeaders("a", { a: "1" }), withHeaders("b", { a: "1", b: "1" }), null],
    [
      "with headers in another order",
      withHeaders("a", { a: "1", b: "2" }),
      withHeaders("b", { b: "2", a: "1" }),
      "duplicate",
    ],
    ["with different parameters", withQuery("a", { a: "1" }), withQuery("b", { b: "1" }), "ambiguous"],
    ["with a header and a parameter", withHeaders("a", { a: "1" }), withQuery("b", { a: "1" }), null],
    ["of which a prefix hides a regex", rule("a", "/"), rule("b", "~^/v"), "unreachable"],
    [
      "of which a prefix hides a regex, the other way round",
      rule("b", "~^/v"),
      rule("a", "/"),
      "unreachable",
    ],
    ["of which a remainder hides a regex", rule("a", "/{*rest}"), rule("b", "~^/v"), "unreachable"],
    [
      "of which a prefix hides what asks for more",
      rule("a", "/", get),
      rule("b", "~^/v", get),
      "unreachable",
    ],
    ["of which a prefix hides a part", rule("a", "/", get), rule("b", "~^/v"), null],
    ["of which a shorter prefix hides no regex", rule("a", "/v1"), rule("b", "~^/v"), null],
    [
      "of which a prefix hides a regex on one host of two",
      rule("a", "/", { hosts: ["a"] }),
      rule("b", "~x", { hosts: ["a", "b"] }),
      null,
    ],
  ];
  for (const [name, a, b, code] of cases) {
    test(`${name}: ${code ?? "fine"}`, () => {
      const found = compileRoutes([a, b]);
      const codes: readonly string[] | null = found.ok ? null : found.error.map((problem) => problem.code);
      expect(codes).toEqual(code === null ? null : [code]);
      if (found.ok) return;
      const { first, second } = found.error[0]!;
      // The rule that is hidden comes second; otherwise the one that was defined later.
      expect([first, second]).toEqual(code === "unreachable" ? ["a", "b"] : [a.label, b.label]);
    });
  }
});

describe("one rule", () => {
  test.each([
    ["invalidHost", rule("r", "/", { hosts: ["a.*.example"] }), /'\*' may only be the first label/],
    ["invalidHost", rule("r", "/", { hosts: ["*"] }), /'\*' may only be the first label/],
    ["invalidHost", rule("r", "/", { hosts: ["*a.example"] }), /'\*' may only be the first label/],
    ["invalidHost", rule("r", "/", { hosts: ["a.example:80"] }), /no port/],
    ["invalidHost", rule("r", "/", { hosts: ["[::1]:80"] }), /no port/],
    ["invalidHost", rule("r", "/", { hosts: ["bücher.example"] }), /xn--/],
    ["invalidHost", rule("r", "/", { hosts: ["a..example"] }), /not a host name/],
    ["invalidHost", rule("r", "/", { hosts: [""] }), /not a host name/],
    ["invalidHost", rule("r", "/", { hosts: ["*.[::1]"] }), /not a host name/],
    ["invalidHost", rule("r", "/", { hosts: ["http://a.example"] }), /not a host name/],
    ["invalidPath", rule("r", "api"), /begins with/],
    ["invalidPath", rule("r", "=/a/../b"), /could never match/],
    ["invalidRegex", rule("r", "~("), /missing closing/],
    ["invalidRegex", rule("r", "/", { headers: values({ "x-a": "~(?=a)" }) }), /header 'x-a': .*look-around/],
    ["invalidRegex", rule("r", "/", { query: values({ q: "~[" }) }), /query 'q': /],
  ])("%s: %#", (code, broken, detail) => {
    const found = compileRoutes([broken]);
    expect(found).toMatchObject({ ok: false, error: [{ code, first: "r", second: null }] });
    expect(found.ok ? "" : found.error[0]?.detail).toMatch(detail);
  });
});

describe("problems", () => {
  test("are all reported", () => {
    const found = compileRoutes([
      rule("a", "x", { hosts: ["*"], headers: values({ h: "~(" }) }),
      rule("b", "/x"),
      rule("c", "/x"),
      rule("d", "/x"),
    ]);
    const codes = found.ok ? [] : found.error.map(({ code, first, second }) => `${code} ${first} ${second}`);
    expect(codes).toEqual([
      "invalidHost a null",
      "invalidPath a null",
      "invalidRegex a null",
      "duplicate b c",
      "duplicate b d",
      "duplicate c d",
    ]);
  });

  test("of two rules that meet on several hosts are reported once", () => {
    const hosts = ["a.example", "b.example"];
    const found = compileRoutes([rule("a", "/x", { hosts }), rule("b", "/x", { hosts })]);
    expect(found.ok ? 0 : found.error.length).toBe(1);
  });

  test("of a hundred thousand equal rules are found within a second, and not all are listed", () => {
    const rules = Array.from({ length: 100_000 }, (_, index) => rule(`r${index}`, "/x"));
    const started = cpuTimeMs();
    const found = compileRoutes(rules);
    expect(cpuTimeMs() - started).toBeLessThan(3_000);
    expect(found.ok ? 0 : found.error.length).toBe(100);
  });

  test("are not looked for among rules that one value tells apart: 10,000 tenants on one path", () => {
    const rules = Array.from({ length: 10_000 }, (_, index) =>
      withHeaders(`r${index}`, { "x-tenant": `${index}` }),
    );
    expect(compileRoutes(rules).ok).toBe(true);
    const found = compileRoutes([...rules, withHeaders("again", { "x-tenant": "77" })]);
    expect(found).toMatchObject({ ok: false, error: [{ code: "duplicate", first: "r77", second: "again" }] });
  });

  test("say when too many rules are alike to be told apart", () => {
    const rules = Array.from({ length: 3_000 }, (_, index) =>
      rule(`r${index}`, "/x", { methods: [`M${index}`, `N${index}`] }),
    );
    const found = compileRoutes(rules);
    expect(found.ok ? [] : found.error.map(({ code }) => code)).toEqual(["tooManyAlike"]);
  });
});

describe("constraints as sets", () => {
  const anyConstraints = fc
    .record({
      methods: fc.subarray(["GET", "PUT"]),
      headers: fc
        .subarray([..."abc"])
        .map((names) => names.map((name) => ({ name, value: fc.sample(anyValue, 1)[0]! }))),
    })
    .map(({ methods, headers }) => constraintsOf({ methods, headers }));
  const universe = ["GET", "PUT", "POST"].flatMap((method) =>
    fields("a").flatMap((a) =>
      fields("b").flatMap((b) =>
        fields("c").map((c) => request("h/", { method, headers: { ...a, ...b, ...c } })),
      ),
    ),
  );
  const inside = (constraints: Constraints | null) =>
    universe.filter((one) => constraints === null || firstFailure(constraints, one) === null);

  test("are told apart as enumeration does", () => {
    fc.assert(
      fc.property(anyConstraints, anyConstraints, (a, b) => {
        const [left, right] = [inside(a), inside(b)];
        expect(apart(a, b)).toBe(!left.some((one) => right.includes(one)));
        expect(covers(a, b)).toBe(right.every((one) => left.includes(one)));
        if (same(a, b)) expect(left).toEqual(right);
      }),
      { numRuns: 2_000 },
    );
  });

  function fields(name: string): Record<string, string>[] {
    return [{}, { [name]: "1" }, { [name]: "2" }, { [name]: "3" }];
  }
});

const anyValue = fc.constantFrom(
  { kind: "exact", value: "1" } as const,
  { kind: "exact", value: "2" } as const,
  { kind: "present" } as const,
);

function constraintsOf(match: Partial<RouteMatch>): Constraints | null {
  const compiled = new ConstraintCompiler().compile({ ...rule("r", "/").match, ...match });
  if (!compiled.ok) throw new Error(compiled.error);
  return compiled.value;
}

function withHeaders(label: string, headers: Readonly<Record<string, string>>): RouteRule<string> {
  return rule(label, "/x", { headers: values(headers) });
}

function withQuery(label: string, query: Readonly<Record<string, string>>): RouteRule<string> {
  return rule(label, "/x", { query: values(query) });
}
