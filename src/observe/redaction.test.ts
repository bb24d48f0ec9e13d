import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createRedaction, SECRET_PARAMETERS } from "./redaction.ts";

const redaction = createRedaction(["X-Api-Key"], ["otp", "x y"]);

describe("queries", () => {
  for (const [received, logged] of [
    ["/", "/"],
    ["/token=1", "/token=1"],
    ["/?", "/?"],
    ["/a?page=2&sort=up", "/a?page=2&sort=up"],
    ["/a?token=SECRET", "/a?token=***"],
    ["/a?page=2&token=SECRET&sort=up", "/a?page=2&token=***&sort=up"],
    ["/a?token=SECRET&token=SECRET", "/a?token=***&token=***"],
    ["/a?Access-Token=SECRET;x=1", "/a?Access-Token=***;x=1"],
    ["/a?ACCESSTOKEN=SECRET", "/a?ACCESSTOKEN=***"],
    ["/a?%74oken=SECRET", "/a?%74oken=***"],
    ["/a?%2574oken=seen", "/a?%2574oken=seen"],
    ["/a?to%ken=seen", "/a?to%ken=seen"],
    ["/a?user[password]=SECRET", "/a?user[password]=***"],
    ["/a?user%5Bpassword%5D=SECRET", "/a?user%5Bpassword%5D=***"],
    ["/a?token[]=SECRET", "/a?token[]=***"],
    ["/a?token=", "/a?token=***"],
    ["/a?token=SE=CRET", "/a?token=***"],
    ["/a?token=SEC?RET", "/a?token=***"],
    ["/a?token", "/a?token"],
    ["/a?b?token=SECRET", "/a?b?token=***"],
    ["/a?tokens=seen&monkey=seen", "/a?tokens=seen&monkey=seen"],
    ["/a?otp=SECRET&x+y=SECRET&x%20y=SECRET", "/a?otp=***&x+y=***&x%20y=***"],
    ["https://shop.example/cb?code=SECRET&state=1", "https://shop.example/cb?code=***&state=1"],
  ] as const) {
    test(received, () => expect(redaction.query(received)).toBe(logged));
  }

  test("no value of a secret name is left, whatever stands around it", () => {
    const word = fc.string({ unit: fc.constantFrom(..."abz09%2+[].-_~") });
    const pair = fc.tuple(word, word).map(([name, value]) => `${name}=${value}`);
    const list = fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.join("&"));
    fc.assert(
      fc.property(list, fc.constantFrom(...SECRET_PARAMETERS), list, (before, name, after) => {
        const query = redaction.query(`/?${before}&${name}=SECRET&${after}`);
        expect(query).not.toContain("SECRET");
        expect(query).toContain(`&${name}=***&`);
      }),
    );
  });
});

test("what is not suspect as bytes is left as it is as text", () => {
  const piece = fc.constantFrom(...SECRET_PARAMETERS, ..."abktz09%+[].-_~?;&=# ", "Key", "user", "\u00ff");
  const query = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  let plain = 0;
  fc.assert(
    fc.property(query, (text) => {
      const bytes = Buffer.from(`?${text}`, "latin1");
      if (redaction.isSuspect(bytes, 1, bytes.length)) return;
      plain++;
      expect(redaction.query(`/?${text}`)).toBe(`/?${text}`);
    }),
    { numRuns: 2_000, examples: [["=access_token="], ["==token=1"], ["-=token=1"]] },
  );
  expect(plain).toBeGreaterThan(100);
});

test("most queries are not suspect", () => {
  for (const text of ["item=7&x=abc", "page=2&sort=up", "q=token", "utm_source=a&utm_medium=b", "", "flag"]) {
    expect([text, redaction.isSuspect(Buffer.from(text), 0, text.length)]).toEqual([text, false]);
  }
  for (const text of ["token=1", "a=1&Access-Token=1", "%74oken=1", "user[password]=1", "a.key=1"]) {
    expect([text, redaction.isSuspect(Buffer.from(text), 0, text.length)]).toEqual([text, true]);
  }
});

test("header fields: those that are always secret, and those that were named", () => {
  const secret = ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"];
  expect(secret.filter((name) => !redaction.isSecretField(name))).toEqual([]);
  expect(redaction.isSecretField("user-agent")).toBe(false);
});
