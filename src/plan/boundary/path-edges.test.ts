import { describe, expect, test } from "bun:test";
import { normalisePath } from "../../routing/normalise-path.ts";
import type { PathPattern } from "../../routing/route-match.ts";
import { Samples } from "../samples.ts";
import { pathEdges } from "./path-edges.ts";

const prefix = (template: string): PathPattern => ({ kind: "prefix", template });

const ROWS: readonly (readonly [what: string, pattern: PathPattern, some: readonly string[]])[] = [
  [
    "a prefix",
    prefix("/api"),
    ["/api", "/api/", "/apix", "/api/x", "/%61pi", "/API", "/", "/api%2Fx", "/api/../x"],
  ],
  ["below a prefix", prefix("/api/"), ["/api/x", "/api", "/api/", "/apix"]],
  ["two segments", prefix("/a/b"), ["/a/b", "/a/", "/a/bx", "/a/b/../x", "/a/%62"]],
  ["everything", prefix("/"), ["/", "/x", "//x", "/../x", "/x?q=1&r=%2F"]],
  ["a capture", prefix("/users/{id}"), ["/users/42", "/users/", "/users/a%2Fb", "/users/42/x"]],
  ["the remainder", prefix("/files/{*rest}"), ["/files/x", "/files", "/files/", "/files/x/y"]],
  ["an exact path", { kind: "exact", path: "/old" }, ["/old", "/old/", "/oldx", "/old/x"]],
  ["an exact path with a slash", { kind: "exact", path: "/old/" }, ["/old/", "/old"]],
  ["a pattern", { kind: "regex", source: "^/v[0-9]+$" }, ["/v0", "/v0/", "/v0x"]],
  ["beyond ASCII", prefix("/café"), ["/caf%C3%A9", "/caf%C3%A9x"]],
];

describe("the edges of", () => {
  for (const [what, pattern, some] of ROWS) {
    const edges = pathEdges(pattern, new Samples());
    test(`${what}, the plainest first`, () => {
      expect(edges[0]).toBe(some[0]!);
      for (const path of some) expect(edges).toContain(path);
    });
    test(`${what}: each once, and each a path`, () => {
      expect(new Set(edges).size).toBe(edges.length);
      for (const path of edges)
        expect([path, normalisePath(path.split("?")[0]!) === null]).toEqual([path, false]);
    });
  }
});

test("a pattern that no path has, has no edges", () => {
  expect(pathEdges({ kind: "regex", source: "x^" }, new Samples())).toEqual([]);
});
