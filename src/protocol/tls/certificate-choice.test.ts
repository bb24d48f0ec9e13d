/** Which certificate a client is shown. */
import { expect, test } from "bun:test";
import { CertificateChoice, type NamedCertificate } from "./certificate-choice.ts";

const CERTIFICATES: readonly NamedCertificate<string>[] = [
  { names: ["shop.example"], key: "rsa", value: "shop-rsa" },
  { names: ["shop.example", "www.shop.example"], key: "ecdsa", value: "shop-ecdsa" },
  { names: ["*.shop.example"], key: "rsa", value: "wildcard" },
  { names: ["old.example"], key: "rsa", value: "old" },
];
const DEFAULT = CERTIFICATES.slice(0, 1);

const TABLE: readonly (readonly [string, string | null, boolean, string | null])[] = [
  ["the exact name, ECDSA for who takes it", "shop.example", true, "shop-ecdsa"],
  ["the exact name, RSA for who does not", "shop.example", false, "shop-rsa"],
  ["exact before wildcard", "www.shop.example", true, "shop-ecdsa"],
  ["a wildcard", "api.shop.example", true, "wildcard"],
  ["a wildcard stands for one label", "a.b.shop.example", true, "shop-rsa"],
  ["a wildcard is not its own parent", "shop.example", false, "shop-rsa"],
  ["RSA for all when there is nothing else", "old.example", true, "old"],
  ["ECDSA when there is nothing else", "www.shop.example", false, "shop-ecdsa"],
  ["the default for another name", "other.example", true, "shop-rsa"],
  ["the default without a name", null, true, "shop-rsa"],
  ["a name of one label", "localhost", true, "shop-rsa"],
];

for (const [name, serverName, ecdsa, expected] of TABLE) {
  test(name, () => {
    expect(new CertificateChoice(CERTIFICATES, DEFAULT).choose({ serverName, ecdsa })).toBe(expected);
  });
}

test("without a default, other names and no name are refused", () => {
  const choice = new CertificateChoice(CERTIFICATES, []);
  expect(choice.choose({ serverName: "other.example", ecdsa: true })).toBeNull();
  expect(choice.choose({ serverName: null, ecdsa: true })).toBeNull();
  expect(choice.choose({ serverName: "api.shop.example", ecdsa: true })).toBe("wildcard");
});

test("tells which names it covers", () => {
  const choice = new CertificateChoice(CERTIFICATES, DEFAULT);
  expect(
    ["shop.example", "x.shop.example", "x.y.shop.example", "other.example"].map((n) => choice.covers(n)),
  ).toEqual([true, true, false, false]);
});
