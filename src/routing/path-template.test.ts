import { describe, expect, test } from "bun:test";
import { canonicalPathText, canonicalQueryText, parseExactPath, parseTemplate } from "./path-template.ts";

describe("parseTemplate", () => {
  test("reads literals, captures and the remainder", () => {
    expect(parseTemplate("/users/{id}/files/{*rest}")).toEqual({
      ok: true,
      value: { segments: ["users", null, "files"], below: true, names: ["id", "rest"], rest: true },
    });
  });

  test("tells a prefix from one that ends in a slash", () => {
    expect(parseTemplate("/api")).toMatchObject({ value: { segments: ["api"], below: false } });
    expect(parseTemplate("/api/")).toMatchObject({ value: { segments: ["api"], below: true } });
    expect(parseTemplate("/")).toMatchObject({ value: { segments: [], below: true } });
    expect(parseTemplate("//")).toMatchObject({ value: { segments: [""], below: true } });
  });

  test.each([
    ["/café", "caf%C3%A9"],
    ["/caf%c3%a9", "caf%C3%A9"],
    ["/%63af%C3%a9", "caf%C3%A9"],
    ["/a b", "a%20b"],
    ["/a%2fb", "a%2Fb"],
    ["/\u{1F600}", "%F0%9F%98%80"],
    ["/\ud83d", "%EF%BF%BD"],
  ])("brings %s into the form of requests", (template, segment) => {
    expect(parseTemplate(template)).toMatchObject({ value: { segments: [segment] } });
  });

  test.each([
    ["", /begins with '\/'/],
    ["api", /begins with '\/'/],
    ["/a?b", /'\?' cannot be part/],
    ["/a#b", /'#' cannot be part/],
    ["/a/../b", /could never match/],
    ["/a/%2E%2e/b", /could never match/],
    ["/a/.", /could never match/],
    ["/%zz", /two hex digits/],
    ["/%00", /%00/],
    ["/{*rest}/a", /nothing can follow/],
    ["/{}", /not a name/],
    ["/{1}", /not a name/],
    ["/{*}", /not a name/],
    ["/{a b}", /not a name/],
    ["/v{n}", /whole segment/],
    ["/{a}{b}", /whole segment/],
    ["/{a", /whole segment/],
    ["/a}", /whole segment/],
    ["/{a}/{a}", /captured twice/],
    ["/{a}/{*a}", /captured twice/],
  ])("refuses %s", (template, reason) => {
    const parsed = parseTemplate(template);
    expect(parsed.ok ? "" : parsed.error).toMatch(reason);
  });
});

describe("parseExactPath", () => {
  test("brings a path into the form of requests", () => {
    expect(parseExactPath("/caf%c3%a9/")).toEqual({ ok: true, value: "/caf%C3%A9/" });
  });
  test("captures nothing", () => expect(parseExactPath("/{id}").ok).toBe(false));
});

describe("canonical text", () => {
  test("need not begin with a slash", () =>
    expect(canonicalPathText("é%2f")).toEqual({ ok: true, value: "%C3%A9%2F" }));
  test("of a query keeps its escapes", () => {
    expect(canonicalQueryText("a=é%26+?%7e")).toEqual({ ok: true, value: "a=%C3%A9%26+?%7e" });
  });
  test.each(["a#b", "%", "%2"])("of a query refuses %s", (text) =>
    expect(canonicalQueryText(text).ok).toBe(false),
  );
});
