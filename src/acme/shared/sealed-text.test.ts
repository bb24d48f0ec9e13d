import { expect, test } from "bun:test";
import { Seal } from "./sealed-text.ts";

test("what one has sealed, another opens with the same passphrase, for the same key, and nobody else", async () => {
  const text = "ü\0-----BEGIN PRIVATE KEY-----\n";
  const sealed = await new Seal("passphrase").close("account.pem", text);
  expect(sealed).not.toContain("PRIVATE");
  expect(await new Seal("passphrase").open("account.pem", sealed)).toBe(text);
  expect(await new Seal("passphrases").open("account.pem", sealed)).toBeNull();
  expect(await new Seal("passphrase").open("other.pem", sealed)).toBeNull();
  expect(await new Seal("passphrase").close("account.pem", text)).not.toBe(sealed);
});

test("whatever is changed, cut or made up is not opened", async () => {
  const seal = new Seal("passphrase");
  const sealed = await seal.close("k", "text");
  const [mark, content] = [sealed.slice(0, sealed.indexOf(":") + 1), sealed.slice(sealed.indexOf(":") + 1)];
  const bytes = Buffer.from(content, "base64");
  // The first sixteen are the salt, each of which costs a derivation.
  for (let i = 0; i < bytes.length; i += i < 16 ? 8 : 1) {
    const other = Buffer.from(bytes);
    other[i]! ^= 1;
    expect(await seal.open("k", mark + other.toString("base64"))).toBeNull();
    expect(await seal.open("k", mark + bytes.subarray(0, i).toString("base64"))).toBeNull();
  }
  for (const text of ["", mark, "text", content, `${mark}!!`]) expect(await seal.open("k", text)).toBeNull();
});
