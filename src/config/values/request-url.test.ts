import { expect, test } from "bun:test";
import { parseRequestUrl } from "./request-url.ts";

test("a URL is taken apart, and its path is left as it was written", () => {
  const rows = [
    ["http://shop.example", "shop.example", null, "/"],
    ["http://shop.example?a=b", "shop.example", null, "/?a=b"],
    ["HTTP://Shop.Example:80/A/../%62?x=%2F#part", "Shop.Example", 80, "/A/../%62?x=%2F"],
    ["https://shop.example:443//x", "shop.example", 443, "//x"],
    ["http://shop.example:443/", "shop.example:443", 443, "/"],
    ["http://[::1]:8080/", "[::1]:8080", 8080, "/"],
    ["http://bücher.example/ü", "xn--bcher-kva.example", null, "/ü"],
    ["http://shop.example:/", "shop.example", null, "/"],
  ] as const;
  for (const [text, authority, port, target] of rows) {
    expect(parseRequestUrl(text)).toMatchObject({ ok: true, value: { authority, port, target } });
  }
  expect(parseRequestUrl("http://[2001:DB8::1]/")).toMatchObject({ value: { host: "2001:db8::1" } });
});

test("what no client could ask for is refused", () => {
  const rows = [
    ["/path", "does not begin with"],
    ["ftp://shop.example/", "does not begin with"],
    ["http:///path", "has no host"],
    ["http://a:b/", "has no host"],
    ["http://joe:secret@shop.example/", "has a user name"],
    ["http://shop.example:65536/", "has the port 65536"],
    ["http://shop.example:0/", "has the port 0"],
    ["http://shop.example/\r\nEvil: yes", "has a control character"],
  ] as const;
  for (const [text, message] of rows) {
    expect(parseRequestUrl(text)).toMatchObject({ ok: false, error: expect.stringContaining(message) });
  }
});
