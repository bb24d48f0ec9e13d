import { describe, expect, test } from "bun:test";
import { cpuTimeMs } from "../base/test-support/cpu-time.ts";
import { compileRoutes } from "./compile-routes.ts";
import type { RouteRule, Router, RouteStep } from "./router.ts";
import { request, rule, values } from "./test-support/rules.ts";

/** Rows of target and label of the route that takes it, or null. */
type Rows = readonly (readonly [target: string, label: string | null])[];

describe("a prefix", () => {
  matches(
    "is whole segments",
    [rule("api", "/api")],
    [
      ["h/api", "api"],
      ["h/api/", "api"],
      ["h/api/x", "api"],
      ["h/api//x", "api"],
      ["h/apix", null],
      ["h/ap", null],
      ["h/", null],
      ["h/x/api", null],
      ["h/API", null],
      ["h/api%2Fx", null],
      ["h//api", null],
    ],
  );
  matches(
    "with a final slash asks for the slash",
    [rule("api", "/api/")],
    [
      ["h/api/", "api"],
      ["h/api/x", "api"],
      ["h/api", null],
      ["h/apix", null],
    ],
  );
  matches(
    "of a slash takes everything",
    [rule("all", "/")],
    [
      ["h/", "all"],
      ["h/x/y", "all"],
      ["h//", "all"],
      ["/x", "all"],
    ],
  );
  const nested = [rule("one", "/a"), rule("two", "/a/b"), rule("root", "/"), rule("slash", "/a/b/")];
  const longest: Rows = [
    ["h/a/b/c", "slash"],
    ["h/a/b", "two"],
    ["h/a/bc", "one"],
    ["h/a", "one"],
    ["h/ab", "root"],
  ];
  matches("that is longer wins", nested, longest);
  matches("that is longer wins, whatever the order", nested.toReversed(), longest);
  matches(
    "is compared in its one form",
    [rule("tilde", "/%7ea"), rule("cafe", "/café")],
    [
      ["h/~a", "tilde"],
      ["h/caf%C3%A9/x", "cafe"],
    ],
  );
});

describe("an exact path", () => {
  const rules = [rule("prefix", "/api"), rule("exact", "=/api"), rule("slash", "=/api/"), rule("root", "=/")];
  matches("beats a prefix and takes nothing else", rules, [
    ["h/api", "exact"],
    ["h/api/", "slash"],
    ["h/api/x", "prefix"],
    ["h/", "root"],
    ["h/x", null],
  ]);
});

describe("a capture", () => {
  matches(
    "is one segment with something in it, and comes after a literal",
    [
      rule("user", "/users/{id}"),
      rule("me", "/users/me"),
      rule("posts", "/users/{id}/posts"),
      rule("users", "/users"),
    ],
    [
      ["h/users/7", "user"],
      ["h/users/7/", "user"],
      ["h/users/7/x", "user"],
      ["h/users/7/posts/1", "posts"],
      ["h/users/me", "me"],
      ["h/users/me/posts", "me"],
      ["h/users/", "users"],
      ["h/users//posts", "users"],
    ],
  );
  matches(
    "is tried when the literal leads nowhere",
    [rule("capture", "/{a}/x"), rule("literal", "/a/y")],
    [
      ["h/a/x", "capture"],
      ["h/a/y", "literal"],
      ["h/a/z", null],
    ],
  );
  matches(
    "of the remainder may be empty, but asks for its slash",
    [rule("files", "/files/{*rest}"), rule("other", "/")],
    [
      ["h/files/", "files"],
      ["h/files/a/b", "files"],
      ["h/files", "other"],
    ],
  );

  test("gives its part of the path, still encoded", () => {
    const router = compiled([rule("r", "/{a}/x/{b}/{*rest}")]);
    const hit = router.match(request("h/1%2F2/x/%20/y/../z/"))!;
    expect({ ...hit.captures }).toEqual({ a: "1%2F2", b: "%20", rest: "y/../z/" });
    expect(hit.matchedLength).toBe("/1%2F2/x/%20/y/../z/".length);
  });

  test("may have any name", () => {
    const hit = compiled([rule("r", "/{constructor}/{__proto__}/{*toString}")]).match(request("h/a/b/c"))!;
    expect(Object.entries(hit.captures!)).toEqual([
      ["constructor", "a"],
      ["__proto__", "b"],
      ["toString", "c"],
    ]);
  });
});

describe("a regex path", () => {
  const rules = [rule("v", "~^/v(?<v>\\d+)/"), rule("prefix", "/v2/users"), rule("any", "~v")];
  matches("comes after every prefix, then as defined", rules, [
    ["h/v2/users", "prefix"],
    ["h/v2/other", "v"],
    ["h/v/", "any"],
    ["h/x", null],
  ]);
  test("captures by name, and leaves a slash at its end to what follows", () => {
    const hit = compiled(rules).match(request("h/v12/items"))!;
    expect({ ...hit.captures }).toEqual({ v: "12" });
    expect(hit.matchedLength).toBe(4);
  });
  test("without part in the match captures nothing", () => {
    const hit = compiled([rule("r", "~^/(?:(?<a>a)|(?<b>b))")]).match(request("h/b"))!;
    expect({ ...hit.captures }).toEqual({ a: "", b: "b" });
  });
});

describe("a host", () => {
  const rules = [
    rule("exact", "/", { hosts: ["www.shop.example"] }),
    rule("near", "/", { hosts: ["*.shop.example"] }),
    rule("far", "/", { hosts: ["*.example"] }),
    rule("none", "/"),
  ];
  matches("is chosen: exact, longest wildcard, none", rules, [
    ["www.shop.example/", "exact"],
    ["www.shop.example./", "exact"],
    ["a.shop.example/", "near"],
    ["a.b.shop.example/", "near"],
    ["shop.example/", "far"],
    ["xshop.example/", "far"],
    ["a.www.shop.example/", "near"],
    [".shop.example/", "far"],
    ["example/", "none"],
    ["/", "none"],
    ["[::1]/", "none"],
  ]);
  matches(
    "is chosen before the path: a less specific host is not tried",
    [rule("shop", "/api", { hosts: ["shop.example"] }), rule("catch-all", "/")],
    [
      ["shop.example/api", "shop"],
      ["shop.example/", null],
      ["other.example/", "catch-all"],
    ],
  );
  matches(
    "may be one of several, or a literal address",
    [rule("r", "/", { hosts: ["a.example", "[::1]", "127.0.0.1"] })],
    [
      ["a.example/", "r"],
      ["[::1]/", "r"],
      ["127.0.0.1/", "r"],
      ["b.example/", null],
    ],
  );
  matches(
    "may be written in capitals",
    [rule("r", "/", { hosts: ["Shop.Example"] })],
    [["shop.example/", "r"]],
  );
});

describe("constraints", () => {
  const rules = [
    rule("plain", "/a"),
    rule("method", "/a", { methods: ["GET", "POST"] }),
    rule("header", "/a", { headers: values({ "x-canary": "1" }) }),
    rule("both", "/a", { methods: ["GET"], headers: values({ "x-canary": "1" }) }),
    rule("two", "/a", { headers: values({ "x-canary": "1", "x-beta": "*" }) }),
    rule("query", "/a", { query: values({ debug: "1" }) }),
    rule("pattern", "/a", { query: values({ debug: "~^v" }) }),
  ];
  const router = compiled(rules);
  const canary = { "x-canary": "1" };
  test.each([
    [request("h/a", { method: "PUT" }), "plain"],
    [request("h/a"), "method"],
    [request("h/a", { method: "get" }), "plain"],
    [request("h/a", { headers: canary }), "both"],
    [request("h/a", { method: "PUT", headers: canary }), "header"],
    [request("h/a", { method: "PUT", headers: { "x-canary": "1, 2" } }), "plain"],
    [request("h/a", { method: "PUT", headers: { ...canary, "x-beta": "" } }), "two"],
    [request("h/a?debug=1", { method: "PUT" }), "query"],
    [request("h/a?%64ebug=1", { method: "PUT" }), "query"],
    [request("h/a?debug=v9", { method: "PUT" }), "pattern"],
    [request("h/a?Debug=1", { method: "PUT" }), "plain"],
  ])("choose among rules of one path: %#", (asked, label) => expect(router.match(asked)?.value).toBe(label));

  test("that fail fall back to the next less specific path of the host", () => {
    const fallback = compiled([
      rule("exact", "=/a/b", { methods: ["PUT"] }),
      rule("deep", "/a/b", { methods: ["POST"] }),
      rule("capture", "/a/{x}", { methods: ["DELETE"] }),
      rule("shallow", "/a", { methods: ["GET", "DELETE"] }),
      rule("regex", "~^/a", { methods: ["HEAD"] }),
    ]);
    const taken = ["PUT", "POST", "DELETE", "GET", "HEAD", "PATCH"].map(
      (method) => fallback.match(request("h/a/b", { method }))?.value,
    );
    expect(taken).toEqual(["exact", "deep", "capture", "shallow", "regex", undefined]);
  });
});

describe("a hit", () => {
  test("is one frozen object for all requests when nothing is captured", () => {
    const router = compiled([rule("r", "/api"), rule("e", "=/x")]);
    const hit = router.match(request("h/api/a"))!;
    expect(router.match(request("h/api/b"))).toBe(hit);
    expect(router.match(request("h/x"))).toBe(router.match(request("h/x"))!);
    expect(Object.isFrozen(hit)).toBe(true);
    expect(hit).toEqual({ value: "r", captures: null, matchedLength: 4 });
  });

  test.each([
    ["/api", "/api/x", 4],
    ["/api/", "/api/x", 4],
    ["/", "/x", 0],
    ["=/api/", "/api/", 5],
    ["/u/{id}", "/u/7/x", 4],
    ["/u/{id}/", "/u/7/x", 4],
    ["/u/{*rest}", "/u/7/x", 6],
    ["~^/v\\d", "/v12/x", 3],
    ["~/x", "/v12/x/y", 6],
  ])("of %s on %s says how much matched", (path, target, length) => {
    expect(compiled([rule("r", path)]).match(request(`h${target}`))?.matchedLength).toBe(length);
  });
});

describe("a trace", () => {
  test("names hosts and rules in order, with the reason each was passed over", () => {
    const router = compiled([
      rule("post", "/a/b", { hosts: ["shop.example"], methods: ["POST"] }),
      rule("canary", "/a/b", { hosts: ["shop.example"], headers: values({ "x-canary": "1" }) }),
      rule("debug", "/a/b", { hosts: ["shop.example"], query: values({ debug: "1" }) }),
      rule("taken", "/a/{x}", { hosts: ["shop.example"] }),
      rule("shorter", "/a", { hosts: ["shop.example"] }),
      rule("elsewhere", "/b", { hosts: ["shop.example"] }),
      rule("pattern", "~^/z", { hosts: ["shop.example"] }),
      rule("wild", "/", { hosts: ["*.example"] }),
      rule("any", "/"),
    ]);
    const trace: RouteStep[] = [];
    expect(router.match(request("shop.example/a/b"), trace)?.value).toBe("taken");
    const expected = (text: string) => ({ kind: "exact", value: text }) as const;
    expect(trace).toEqual([
      { type: "host", pattern: "shop.example", chosen: true },
      { type: "host", pattern: "*.example", chosen: false },
      { type: "host", pattern: null, chosen: false },
      { type: "route", label: "post", outcome: { kind: "method", allowed: ["POST"] } },
      {
        type: "route",
        label: "canary",
        outcome: { kind: "header", name: "x-canary", expected: expected("1") },
      },
      { type: "route", label: "debug", outcome: { kind: "query", name: "debug", expected: expected("1") } },
      { type: "route", label: "taken", outcome: { kind: "taken" } },
      { type: "route", label: "shorter", outcome: { kind: "lessSpecific" } },
      { type: "route", label: "pattern", outcome: { kind: "path", source: "^/z" } },
    ]);
  });

  test("of a host that nothing serves is empty", () => {
    const trace: RouteStep[] = [];
    expect(compiled([rule("r", "/", { hosts: ["a.example"] })]).match(request("b.example/"), trace)).toBe(
      null,
    );
    expect(trace).toEqual([]);
  });
});

describe("the size of the configuration", () => {
  test("10,000 rules compile in under a second, and each is found", () => {
    const rules = Array.from({ length: 10_000 }, (_, index) =>
      rule(`r${index}`, `/api/s${index}/{id}`, { hosts: [`h${index % 100}.example`], methods: ["GET"] }),
    );
    const started = cpuTimeMs();
    const router = compiled(rules);
    expect(cpuTimeMs() - started).toBeLessThan(1_000);
    for (let index = 0; index < 10_000; index += 77) {
      const hit = router.match(request(`h${index % 100}.example/api/s${index}/7/x`));
      expect(hit?.value).toBe(`r${index}`);
    }
  });

  test("does not lengthen a walk: a hostile path visits no more than the tree has", () => {
    const router = compiled([rule("r", "/{a}/{b}/x"), rule("s", "/a/{b}/y"), rule("t", "/{a}/b/z")]);
    const started = cpuTimeMs();
    expect(router.match(request(`h${"/a/b".repeat(200_000)}`))).toBe(null);
    expect(cpuTimeMs() - started).toBeLessThan(500);
  });
});

test("no rules match nothing", () => expect(compiled([]).match(request("h/"))).toBe(null));

function matches(name: string, rules: readonly RouteRule<string>[], rows: Rows): void {
  const router = compiled(rules);
  for (const [target, label] of rows) {
    test(`${name}: ${target} → ${label ?? "none"}`, () => {
      expect(router.match(request(target))?.value ?? null).toBe(label);
    });
  }
}

function compiled(rules: readonly RouteRule<string>[]): Router<string> {
  const router = compileRoutes(rules);
  if (!router.ok) throw new Error(JSON.stringify(router.error));
  return router.value;
}
