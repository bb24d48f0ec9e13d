import { expect, test } from "bun:test";
import { acmeHome, certificateKey, certificatePlace } from "./acme-places.ts";

test("names of hosts become names of files that mean nothing else, each its own", () => {
  expect(certificatePlace("/home", "shop.example")).toBe("/home/certificates/shop.example.pem");
  expect(certificateKey("*.shop.example")).toBe("certificates/%2A.shop.example.pem");
  for (const name of [
    "../x",
    "a/b",
    "a\0b",
    "münchen.example",
    "a b",
    "it's(!)",
    "\ud800",
    "x".repeat(253),
    "*".repeat(200),
  ]) {
    expect(certificateKey(name)).toMatch(/^certificates\/[A-Za-z0-9._%~-]{1,210}\.pem$/);
  }
  const long = "x".repeat(240);
  expect(certificateKey(`${long}.a.example`)).not.toBe(certificateKey(`${long}.b.example`));
});

test("every authority has a place of its own", () => {
  const homes = ["https://a.example/dir", "https://a.example/directory", "https://a.example:444/dir"].map(
    (directory) => acmeHome({ storage: "/s", directory }),
  );
  expect(new Set(homes).size).toBe(3);
  expect(homes[0]).toBe("/s/a.example-dir");
});
