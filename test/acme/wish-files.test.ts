/** Names that clients have asked for, on their way from workers to whoever obtains certificates. */
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { takeWishes, WishWriter } from "../../src/io/wish-files.ts";

class Folder implements Disposable {
  readonly base = mkdtempSync(join(tmpdir(), "portward-wishes-"));
  readonly wishes = join(this.base, "wishes");
  nowMs = 0;
  readonly clock = { nowMs: () => this.nowMs, wallMs: () => this.nowMs };

  [Symbol.dispose](): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}

test("a name is written once in a while, and is gone when it is taken", () => {
  using folder = new Folder();
  const writer = new WishWriter(folder.wishes, folder.clock);
  expect(takeWishes(folder.wishes, 10)).toEqual([]);
  writer.write("shop.example");
  expect(takeWishes(folder.wishes, 10)).toEqual(["shop.example"]);
  writer.write("shop.example");
  expect(takeWishes(folder.wishes, 10)).toEqual([]);
  folder.nowMs += 11_000;
  writer.write("shop.example");
  expect(takeWishes(folder.wishes, 10)).toEqual(["shop.example"]);
});

test("a flood writes so much and no more, and makes room with time", () => {
  using folder = new Folder();
  const writer = new WishWriter(folder.wishes, folder.clock);
  for (let index = 0; index < 5_000; index++) writer.write(`n${index}.example`);
  expect(readdirSync(folder.wishes)).toHaveLength(200);
  for (let round = 0; round < 20; round++) {
    folder.nowMs += 11_000;
    for (let index = 0; index < 300; index++) writer.write(`r${round}n${index}.example`);
  }
  expect(readdirSync(folder.wishes)).toHaveLength(1_000);
  expect(takeWishes(folder.wishes, 100)).toHaveLength(100);
  expect(readdirSync(folder.wishes)).toHaveLength(900);
});

test("names that lead elsewhere are not written, and what others put there is not believed", () => {
  using folder = new Folder();
  const writer = new WishWriter(folder.wishes, folder.clock);
  for (const name of [
    "..",
    "../x.example",
    "a/b.example",
    "a..b",
    ".example",
    "a.",
    "A.example",
    "a\0.b",
    "*.a.example",
  ])
    writer.write(name);
  expect(existsSync(folder.wishes) ? readdirSync(folder.wishes) : []).toEqual([]);
  mkdirSync(join(folder.wishes, "folder"), { recursive: true });
  writeFileSync(join(folder.wishes, "Not A Name"), "");
  expect(takeWishes(folder.wishes, 10)).toEqual([]);
  expect(readdirSync(folder.wishes)).toEqual([]);
});

test("a directory that cannot be written to is no fault of the handshake's", () => {
  using folder = new Folder();
  writeFileSync(folder.wishes, "a file");
  new WishWriter(folder.wishes, folder.clock).write("shop.example");
  expect(takeWishes(folder.wishes, 10)).toEqual([]);
});
