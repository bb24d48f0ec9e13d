import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compileRedirect } from "./compile-redirect.ts";
import { compileRoutes } from "./compile-routes.ts";
import { normalisePath } from "./normalise-path.ts";
import { pathOf, request, rule } from "./test-support/rules.ts";

describe("a redirect", () => {
  test.each([
    ["/", "https://{host}{path}", "shop.example/a/b", "https://shop.example/a/b"],
    ["/", "https://{host}{path}", "shop.example/a?b=1", "https://shop.example/a?b=1"],
    ["/", "https://{host}:8443{path}?{query}", "shop.example/a?b=1", "https://shop.example:8443/a?b=1"],
    ["/", "https://{host}{path}?{query}", "shop.example/a", "https://shop.example/a"],
    ["/", "https://www.{host}/", "shop.example/a", "https://www.shop.example/"],
    ["/", "https://new.example", "h/a", "https://new.example"],
    ["/old", "/new", "h/old?a=1", "/new?a=1"],
    ["/old", "/new?", "h/old?a=1", "/new"],
    ["/old", "/new?x=2", "h/old?a=1", "/new?x=2"],
    ["/old", "/new?from={path}&{query}", "h/old?a=1", "/new?from=/old&a=1"],
    ["/old", "/new#top", "h/old?a=1", "/new?a=1#top"],
    ["/docs/{page}", "/manual/{page}", "h/docs/intro", "/manual/intro"],
    ["/docs/{*path}", "/manual/{path}", "h/docs/a/b", "/manual/a/b"],
    ["/docs/{*path}", "https://x.example/{path}", "h/docs/a/b", "https://x.example/a/b"],
    ["/t/{tenant}", "https://{tenant}.shop.example/", "h/t/a", "https://a.shop.example/"],
    ["/s/{q}", "/find?q={q}", "h/s/a&b=1", "/find?q=a%26b%3D1"],
    ["~^/v(?<v>\\d)", "/api/{v}", "h/v2/x", "/api/2"],
    ["/a", "/é", "h/a", "/%C3%A9"],
    ["/", "{path}", "h/a/b?c", "/a/b?c"],
  ])("of %s to %s turns %s into %s", (path, to, target, location) => {
    expect(redirected(path, to, target)).toBe(location);
  });

  test("needs a host only when it says so", () => {
    expect(redirected("/", "https://{host}/", "/a")).toBe(null);
    expect(redirected("/", "/x", "/a")).toBe("/x");
  });
});

describe("text out of the request does not decide where people are sent", () => {
  test.each([
    ["/", "{path}", "h//evil.example/x", "/evil.example/x"],
    ["/go/{*rest}", "/{rest}", "h/go//evil.example", "/evil.example"],
    ["/go/{*rest}", "/{rest}", "h/go/\\evil.example", "/%5Cevil.example"],
    ["/t/{tenant}", "https://{tenant}.shop.example/", "h/t/evil.example%2F", null],
    ["/t/{tenant}", "https://{tenant}.shop.example/", "h/t/evil.example\\", null],
    ["/t/{tenant}", "https://{tenant}.shop.example/", "h/t/evil.example:80", null],
  ])("%s to %s with %s is %s", (path, to, target, location) => {
    expect(redirected(path, to, target)).toBe(location);
  });

  test("whatever it is", () => {
    const piece = fc.constantFrom(
      "/",
      "/",
      "a",
      "evil.example",
      "\\",
      "@",
      ":",
      "%2f",
      "%5c",
      "..",
      ".",
      ";",
      "&",
      "[",
      "]",
    );
    const target = fc.array(piece, { maxLength: 8 }).map((pieces) => `/x/${pieces.join("")}`);
    const cases = fc.constantFrom<readonly [path: string, to: string]>(
      ["/x/{*r}", "/{r}"],
      ["/x/{*r}", "/go/{r}"],
      ["/", "{path}"],
      ["/", "https://{host}{path}"],
      ["/x/{a}", "https://{a}.home.example/{a}?{a}#{a}"],
      ["~^/x(?<r>.*)", "/{r}"],
    );
    fc.assert(
      fc.property(cases, target, ([path, to], received) => {
        const normal = normalisePath(received);
        if (normal === null) return;
        const location = redirected(path, to, `home.example${normal}`);
        if (location === undefined || location === null) return;
        expect(location).toMatch(/^[\x21-\x7e]+$/);
        const url = URL.parse(location, "https://home.example/");
        // A host that no browser accepts sends nobody anywhere.
        if (url !== null) expect(`.${url.hostname}`).toEndWith(".home.example");
      }),
      { numRuns: 20_000 },
    );
  }, 60_000);
});

describe("what is wrong with a redirect", () => {
  test.each([
    ["invalidRewrite", "/", "new", /a path or to an http/],
    ["invalidRewrite", "/", "//other.example/", /a path or to an http/],
    ["invalidRewrite", "/", "javascript:alert(1)", /a path or to an http/],
    ["invalidRewrite", "/", "ftp://a.example/", /a path or to an http/],
    ["invalidRewrite", "/", "{host}/a", /a path or to an http/],
    ["invalidRewrite", "/{*path}", "{path}", /a path or to an http/],
    ["invalidRewrite", "/", "https:///a", /host is missing/],
    ["invalidRewrite", "/", "https://user@a.example/", /not part of a host name/],
    ["invalidRewrite", "/", "https://bücher.example/", /not part of a host name/],
    ["invalidRewrite", "/{*rest}", "https://a.example{rest}", /choose the host/],
    ["invalidRewrite", "/{a}", "https://{a}/", /choose the host/],
    ["invalidRewrite", "/{a}", "https://{a}{host}/", /choose the host/],
    ["invalidRewrite", "/{host}", "https://{host}/", /choose the host/],
    ["invalidRewrite", "/", "/a/{query}", /after a '\?'/],
    ["invalidRewrite", "/", "/a/%zz", /hex/],
    ["invalidRewrite", "/", "/a/{", /written \{name\}/],
    ["unknownCapture", "/", "/a/{id}", /'\{id\}'/],
    ["invalidPath", "x", "/a", /begins with/],
  ])("%s: %s to %s", (code, path, to, detail) => {
    const compiled = compileRedirect(pathOf(path), to);
    expect(compiled).toMatchObject({ ok: false, error: { code } });
    expect(compiled.ok ? "" : compiled.error.detail).toMatch(detail);
  });
});

/** Undefined when the request does not match. */
function redirected(path: string, to: string, target: string): string | null | undefined {
  const router = compileRoutes([rule("r", path)]);
  const compiled = compileRedirect(pathOf(path), to);
  if (!router.ok || !compiled.ok) throw new Error(JSON.stringify([router, compiled]));
  const asked = request(target);
  const hit = router.value.match(asked);
  return hit === null ? undefined : compiled.value(asked, hit);
}
