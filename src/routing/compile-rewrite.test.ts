// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how references to groups are written
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compileRewrite } from "./compile-rewrite.ts";
import { compileRoutes } from "./compile-routes.ts";
import { normalisePath } from "./normalise-path.ts";
import type { Rewrite } from "./route-match.ts";
import { pathOf, request, rule } from "./test-support/rules.ts";

describe("a prefix rewrite", () => {
  // [path of the rule, rewrite, target as received, target as sent]
  test.each([
    ["/two", "/", "/two", "/"],
    ["/two", "/", "/two/", "/"],
    ["/two", "/", "/two/x?y=1", "/x?y=1"],
    ["/two", "/", "/two?y=1", "/?y=1"],
    ["/foo", "/xyz", "/foo/bar", "/xyz/bar"],
    ["/foo", "/xyz/", "/foo/bar", "/xyz/bar"],
    ["/foo/", "/xyz", "/foo/bar", "/xyz/bar"],
    ["/foo/", "/xyz/", "/foo/bar", "/xyz/bar"],
    ["/foo", "/xyz", "/foo", "/xyz"],
    ["/foo", "/xyz/", "/foo", "/xyz/"],
    ["/foo", "/xyz", "/foo/", "/xyz/"],
    ["/foo", "", "/foo/bar", "/bar"],
    ["/foo", "", "/foo", "/"],
    ["/foo/", "/", "/foo/", "/"],
    ["/", "/v2", "/x", "/v2/x"],
    ["/", "/v2", "/", "/v2/"],
    ["/", "/", "/x//y", "/x//y"],
    ["/two", "/", "/two//x", "//x"],
    ["=/old", "/new", "/old?a", "/new?a"],
    ["/users/{id}", "/v2/users/{id}", "/users/7/posts?x", "/v2/users/7/posts?x"],
    ["/users/{id}/", "/v2/{id}", "/users/7/posts", "/v2/7/posts"],
    ["/{a}/{b}", "/{b}/{a}", "/x/y/z", "/y/x/z"],
    ["/files/{*rest}", "/static/{rest}", "/files/a/b", "/static/a/b"],
    ["/files/{*rest}", "/static/{rest}", "/files/", "/static/"],
    ["/files/{*rest}", "/one", "/files/a/b", "/one"],
    ["~^/v(?<v>\\d+)/", "/api/{v}", "/v12/users", "/api/12/users"],
    ["~^/v(?<v>\\d+)/", "/api/{v}/", "/v12/users", "/api/12/users"],
    ["~^/v(?<v>\\d+)", "/api", "/v12/users", "/api/users"],
    ["~/x/", "/y", "/a/x/b", "/y/b"],
    ["/a", "/b?fixed=1", "/a/c?mine=2", "/b/c?fixed=1"],
    ["/a", "/b?", "/a/c?mine=2", "/b/c"],
    ["/{x}", "/find?q={x}&n=1", "/a&admin=1+2;3?q=9", "/find?q=a%26admin%3D1%2B2%3B3&n=1"],
    ["/{x}", "/find?q={x}", "/%26%2f", "/find?q=%26%2F"],
    ["/a", "/café/ü?ö", "/a", "/caf%C3%A9/%C3%BC?%C3%B6"],
    ["/a", "/%7e%2f", "/a/b", "/~%2F/b"],
  ])("of %s to %s turns %s into %s", (path, to, received, sent) => {
    expect(rewritten(path, { kind: "prefix", to }, received)).toBe(sent);
  });
});

describe("a capture", () => {
  test("never gains a slash, a question mark or a number sign", () => {
    const to = { kind: "prefix", to: "/users/{id}" } as const;
    expect(rewritten("/u/{id}", to, "/u/a%2Fx%2Fb%3Fc%23d")).toBe("/users/a%2Fx%2Fb%3Fc%23d");
  });
});

describe("a full rewrite", () => {
  test.each([
    ["/a", "/fixed", "/a/b?c", "/fixed?c"],
    ["/a/{x}", "/fixed/{x}", "/a/b/c", "/fixed/b"],
    ["/a", "/fixed?d", "/a/b?c", "/fixed?d"],
  ])("of %s to %s turns %s into %s", (path, to, received, sent) => {
    expect(rewritten(path, { kind: "full", to }, received)).toBe(sent);
  });
});

describe("a regex rewrite", () => {
  test.each([
    ["^/old/(.*)$", "/new/$1", "/old/a/b?c", "/new/a/b?c"],
    ["^/(?<a>\\w+)/(?<b>\\w+)", "/${b}/${a}", "/x/y/z", "/y/x/z"],
    ["^/none", "/new", "/other?c", "/other?c"],
    ["/+", "/", "//a///b", "/a/b"],
    ["a", "b", "/a/a", "/b/b"],
    ["^/a/(.*)", "$1", "/a/b", "/b"],
    ["^/a(b)?(.*)", "/x$1$2", "/ac", "/xc"],
    ["^/a/(.*)$", "/f?q=$1", "/a/b&c?d", "/f?q=b%26c"],
    ["^/a", "/f?", "/a?d", "/f"],
    ["^/a", "/$$$", "/a", "/$$"],
  ])("of %s to %s turns %s into %s", (source, to, received, sent) => {
    expect(rewritten("/", { kind: "regex", source, to }, received)).toBe(sent);
  });
});

describe("a rewrite that would make a path that is not normal", () => {
  test.each([
    [
      "the classic of a prefix without its slash",
      "~^/files",
      { kind: "prefix", to: "/static/" },
      "/files../secret",
    ],
    ["a capture of a regex", "~^/files-(?<p>.*)$", { kind: "prefix", to: "/static/{p}" }, "/files-../secret"],
    ["a group", "/", { kind: "regex", source: "^/files-(.*)$", to: "/static/$1" }, "/files-../secret"],
    ["an escape out of two parts", "/", { kind: "regex", source: "25x", to: "" }, "/%25x41"],
    ["half an escape", "/", { kind: "regex", source: "2F", to: "" }, "/a%2F"],
  ] as const)("is refused: %s", (_, path, rewrite, received) => {
    expect(rewritten(path, rewrite, received)).toBe(null);
  });
});

test("no rewrite returns the same string, so that === shows that nothing changed", () => {
  const path = `/a/${"b".repeat(3)}`;
  const identity = compileRewrite(pathOf("/"), null);
  const hit = { value: null, captures: null, matchedLength: 0 };
  expect(identity.ok && Object.is(identity.value(path, "", hit), path)).toBe(true);
  expect(identity.ok && identity.value(path, "q=1", hit)).toBe("/a/bbb?q=1");
});

describe("what is wrong with a rewrite", () => {
  test.each([
    ["invalidRewrite", "/a", { kind: "prefix", to: "b" }, /begins with '\/'/],
    ["invalidRewrite", "/a", { kind: "full", to: "" }, /begins with '\/'/],
    ["invalidRewrite", "/a", { kind: "prefix", to: "/b#c" }, /'#'/],
    ["invalidRewrite", "/a", { kind: "prefix", to: "/b?c#d" }, /fragment/],
    ["invalidRewrite", "/a", { kind: "prefix", to: "/b/../c" }, /'\.\.' segment/],
    ["invalidRewrite", "/a", { kind: "prefix", to: "/%zz" }, /hex/],
    ["invalidRewrite", "/a", { kind: "prefix", to: "/b?%z" }, /hex/],
    ["invalidRewrite", "/a", { kind: "prefix", to: "/{" }, /written \{name\}/],
    ["invalidRewrite", "/a/{x}", { kind: "prefix", to: "/{*x}" }, /written \{name\}/],
    ["invalidRewrite", "/a", { kind: "regex", source: "x", to: "/{x}" }, /written \$\{name\}/],
    ["invalidRegex", "/a", { kind: "regex", source: "(", to: "/" }, /missing closing/],
    ["invalidPath", "/{", { kind: "prefix", to: "/" }, /whole segment/],
    ["unknownCapture", "/{a}", { kind: "prefix", to: "/{b}" }, /'\{b\}'/],
    ["unknownCapture", "/{a}", { kind: "full", to: "/x?{b}" }, /'\{b\}'/],
    ["unknownCapture", "=/a", { kind: "prefix", to: "/{a}" }, /'\{a\}'/],
    ["unknownCapture", "/{a}", { kind: "prefix", to: "/{constructor}" }, /'\{constructor\}'/],
    ["unknownCapture", "/", { kind: "regex", source: "(a)", to: "/$2" }, /'\$2'/],
    ["unknownCapture", "/", { kind: "regex", source: "(?<a>a)", to: "/${b}" }, /'\$\{b\}'/],
  ] as const)("%s: %s, %j", (code, path, rewrite, detail) => {
    const compiled = compileRewrite(pathOf(path), rewrite);
    expect(compiled).toMatchObject({ ok: false, error: { code } });
    expect(compiled.ok ? "" : compiled.error.detail).toMatch(detail);
  });
});

test("whatever the request, what is sent is a normal path in visible ASCII", () => {
  const piece = fc.constantFrom(
    "/",
    "/",
    "a",
    "b",
    "..",
    ".",
    "%2f",
    "%2e",
    "%25",
    "2",
    "f",
    "%c3",
    "&",
    "=",
    ";",
    "\\",
  );
  const target = fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join("")}`);
  const text = fc.array(fc.constantFrom("/", "a", "{x}", "{r}", "$1", "${x}", "?", "é", " ", "%2f", "."), {
    maxLength: 6,
  });
  const rules = fc.constantFrom(
    "/{x}/{*r}",
    "/{x}",
    "/",
    "/a",
    "~^/(?<x>[ab.]*)(?<r>.*)$",
    "~/a(?<x>.)?(?<r>)",
  );
  const rewrites = fc
    .tuple(
      fc.constantFrom("prefix", "full", "regex"),
      fc.constantFrom("(a)", "^/(?<x>.)", "([.])", "(%)?(?<x>2)"),
      text,
    )
    .map(
      ([kind, source, to]): Rewrite =>
        kind === "regex" ? { kind, source, to: to.join("") } : ({ kind, to: `/${to.join("")}` } as Rewrite),
    );
  let sent = 0;
  fc.assert(
    fc.property(rules, rewrites, target, fc.constantFrom("", "q=1"), (path, rewrite, received, query) => {
      const normal = normalisePath(received);
      const compiled = compileRewrite(pathOf(path), rewrite);
      const router = compileRoutes([rule("r", path)]);
      if (normal === null || !compiled.ok || !router.ok) return;
      const hit = router.value.match(request(`h${normal}`));
      if (hit === null) return;
      const result = compiled.value(normal, query, hit);
      if (result === null) return;
      sent++;
      expect(result).toMatch(/^\/[\x21-\x7e]*$/);
      expect(result).not.toInclude("#");
      const [newPath] = result.split("?");
      expect(normalisePath(newPath!)).toBe(newPath!);
    }),
    { numRuns: 20_000 },
  );
  expect(sent).toBeGreaterThan(1_000);
}, 60_000);

function rewritten(path: string, rewrite: Rewrite, received: string): string | null {
  const router = compileRoutes([rule("r", path)]);
  const compiled = compileRewrite(pathOf(path), rewrite);
  if (!router.ok || !compiled.ok) throw new Error(JSON.stringify([router, compiled]));
  const [raw, ...query] = received.split("?");
  const normal = normalisePath(raw!);
  const hit = normal === null ? null : router.value.match(request(`h${normal}`));
  if (hit === null) throw new Error(`${received} does not match ${path}`);
  return compiled.value(normal!, query.join("?"), hit);
}
