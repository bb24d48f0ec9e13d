import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cpuTimeMs } from "../base/test-support/cpu-time.ts";
import { hasDotSegment, normaliseEscapes, normalisePath } from "./normalise-path.ts";

describe("normalisePath", () => {
  const cases: readonly (readonly [path: string, normal: string | null, why: string])[] = [
    ["/", "/", "the root"],
    ["", "/", "an absolute URL without a path (RFC 3986 section 6.2.3)"],
    ["/a/b", "/a/b", "nothing to do"],
    ["/a.b/c..d/...", "/a.b/c..d/...", "dots that are no dot segments"],
    ["/.well-known/x", "/.well-known/x", "a name that begins with a dot"],
    ["/..a/.b./", "/..a/.b./", "names that begin with dots"],
    ["//a///b//", "//a///b//", "slashes are not merged"],
    ["/%41%7a%30%2D%2e%5F%7E", "/Az0-._~", "unreserved octets"],
    ["/a%2fb", "/a%2Fb", "an encoded slash is data"],
    ["/%3f%23%25%5c%20", "/%3F%23%25%5C%20", "hex in upper case"],
    ["/caf%c3%a9", "/caf%C3%A9", "octets beyond ASCII stay encoded"],
    ["/%2541", "/%2541", "decoded once, not twice"],
    ["/%252e%252e/a", "/%252e%252e/a", "nor twice for dots"],
    ["/a/./b", "/a/b", "a dot segment"],
    ["/a/../b", "/b", "two dots"],
    ["/a/b/..", "/a/", "at the end, the slash stays"],
    ["/a/b/.", "/a/b/", "at the end, the slash stays"],
    ["/..", "/", "above the root is the root"],
    ["/../../a", "/a", "above the root is the root"],
    ["/.", "/", "the root"],
    ["/a/%2e%2e/b", "/b", "encoded"],
    ["/a/%2E%2e/b", "/b", "encoded in either case"],
    ["/a/.%2e/b", "/b", "half encoded"],
    ["/a/%2e/b", "/a/b", "encoded"],
    ["/a%2fb", "/a%2Fb", "an encoded slash ends no segment"],
    ["/a..%2fb", "/a..%2Fb", "dots that are no segment whoever reads them"],
    ["/a/..%2fb", null, "a dot segment to who decodes slashes"],
    ["/a/.%2fb", null, "a dot segment to who decodes slashes"],
    ["/a%2f..%2fb", null, "a dot segment to who decodes slashes"],
    ["/a/%2e%2e%2Fb", null, "a dot segment to who decodes slashes"],
    ["/a%2f..", null, "a dot segment to who decodes slashes"],
    ["/a%5c../b", null, "a dot segment to who decodes backslashes"],
    ["/a//../b", "/a/b", "an empty segment is a segment"],
    ["/..//a", "//a", "an empty segment is a segment"],
    ["/a;b/c", "/a;b/c", "path parameters are the upstream's"],
    ["/a/..;/b", null, "a dot segment to who cuts parameters off"],
    ["/a/..;x=1/b", null, "a dot segment to who cuts parameters off"],
    ['/a|b^c{d}\\e"<>`', '/a|b^c{d}\\e"<>`', "what RFC 3986 leaves out and clients send"],
    ["/%zz", null, "no hex"],
    ["/%2", null, "cut off"],
    ["/%", null, "cut off"],
    ["/%4\u0131", null, "no hex"],
    ["/a%", null, "cut off"],
    ["/%00", null, "NUL"],
    ["/a%2e%00", null, "NUL after another escape"],
    ["a/b", null, "no leading slash"],
    ["*", null, "the asterisk form has no path"],
    ["%2Fa", null, "an encoded slash is no leading slash"],
    ["/a b", null, "space"],
    ["/a\tb", null, "control"],
    ["/a\x7f", null, "DEL"],
    ["/é", null, "beyond ASCII"],
    ["/\u{1F600}", null, "beyond ASCII"],
    ["/a?b", null, "a query"],
    ["/a#b", null, "a fragment"],
  ];
  for (const [path, normal, why] of cases) {
    test(`${JSON.stringify(path)} → ${JSON.stringify(normal)}: ${why}`, () =>
      expect(normalisePath(path)).toBe(normal));
  }

  test("is idempotent, and its result starts with a slash and holds no dot segment", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const normal = normalisePath(path);
        if (normal === null) return;
        expect(normalisePath(normal)).toBe(normal);
        expect(normal.startsWith("/")).toBe(true);
        expect(normal.split("/").some((segment) => segment === "." || segment === "..")).toBe(false);
        expect(normal).toMatch(/^(?:[\x21-\x22\x24\x26-\x3e\x40-\x7e]|%[0-9A-F]{2})+$/);
        expect(normal).not.toMatch(/%(?:2[DE]|3\d|[46]1|5F|7E|00)/);
      }),
      { numRuns: 20_000 },
    );
  }, 60_000);

  test("agrees with the steps of RFC 3986, one after the other", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        expect(normalisePath(path)).toBe(byTheBook(path));
      }),
      { numRuns: 20_000 },
    );
  }, 60_000);

  test("is total", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (path) => {
        const normal = normalisePath(path);
        expect(normal === null || normalisePath(normal) === normal).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  test("takes time linear in the path", () => {
    const long = "/a/%2e%2e".repeat(20_000);
    const started = cpuTimeMs();
    expect(normalisePath(long)).toBe("/");
    expect(cpuTimeMs() - started).toBeLessThan(1_000);
  });
});

describe("normaliseEscapes", () => {
  test("leaves dot segments alone", () => expect(normaliseEscapes("/a/%2e%2E/%c3b")).toBe("/a/../%C3b"));
  test("takes text without a slash", () => expect(normaliseEscapes("%61")).toBe("a"));
});

describe("hasDotSegment", () => {
  test.each(["/.", "/..", "/./a", "/a/../b", "/a/.."])("%s has one", (path) =>
    expect(hasDotSegment(path)).toBe(true),
  );
  test.each(["/", "/a.", "/...", "/.a/..b", "a/b"])("%s has none", (path) =>
    expect(hasDotSegment(path)).toBe(false),
  );
});

/** Paths made of what matters, and sometimes of what must not be there. */
const anyPath = fc
  .array(
    fc.constantFrom(
      ...[
        "/",
        "/",
        ".",
        "..",
        "%2e",
        "%2E",
        "%2f",
        "%2F",
        "a",
        "B",
        "%61",
        "%zz",
        "%",
        "%00",
        "%c3",
        "-",
        "~",
      ],
      ...["%7e", ";", "|", "%25", "2e", "%5c", "\\", "?", " ", "é"],
    ),
    { maxLength: 12 },
  )
  .map((pieces) => `/${pieces.join("")}`);

/** RFC 3986 sections 6.2.2 and 5.2.4, written for comparison and not for speed. */
function byTheBook(path: string): string | null {
  if (/[^\x21-\x7e]|[?#]|%(?![0-9A-Fa-f]{2})|%00/.test(path)) return null;
  let input = path.replace(/%[0-9A-Fa-f]{2}/g, (triplet) => {
    const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : triplet.toUpperCase();
  });
  if (input.split("/").some(hidesDotSegment)) return null;
  let output = "";
  while (input !== "") {
    if (input.startsWith("/./")) input = input.slice(2);
    else if (input === "/.") input = "/";
    else if (input.startsWith("/../") || input === "/..") {
      input = `/${input.slice(4)}`;
      output = output.slice(0, Math.max(0, output.lastIndexOf("/")));
    } else {
      const end = input.indexOf("/", 1);
      output += end === -1 ? input : input.slice(0, end);
      input = end === -1 ? "" : input.slice(end);
    }
  }
  return output;
}

/** Of one segment: whether reading more delimiters than `/` makes it several, one of them of dots alone. */
function hidesDotSegment(segment: string): boolean {
  const parts = segment.split(/%2F|%5C/);
  return parts.some((part) => /^\.\.?;/.test(part) || (parts.length > 1 && /^\.\.?$/.test(part)));
}
