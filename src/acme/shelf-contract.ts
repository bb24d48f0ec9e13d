/** What every shelf must keep, whatever it is made of: run by the tests of each. */
import { expect, test } from "bun:test";
import { checkedKey, type Shelf } from "./shelf.ts";

/**
 * @param open another way to the same storage each time, as another instance has it
 * @param reset leaves it empty
 */
export function shelfContract(name: string, open: () => Promise<Shelf>, reset: () => Promise<void>): void {
  const each = (what: string, run: () => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      await reset();
      await run();
    });

  each("what one puts, another gets, the last one's text", async () => {
    const [one, two] = [await open(), await open()];
    expect(await two.get("account.pem")).toBeNull();
    await one.put("account.pem", "first");
    await two.put("account.pem", LARGE);
    expect(await one.get("account.pem")).toBe(LARGE);
  });

  each("what is removed is gone, also when it never was", async () => {
    const shelf = await open();
    await shelf.put("challenges/a", "1");
    await shelf.remove("challenges/a");
    await shelf.remove("challenges/a");
    expect(await shelf.get("challenges/a")).toBeNull();
  });

  each("a group is removed as a whole, and nothing beside it", async () => {
    const shelf = await open();
    for (const key of ["challenges/a", "challenges/b", "challenges-c", "certificates/a"])
      await shelf.put(key, key);
    await shelf.removeGroup("challenges");
    expect(await shelf.get("challenges/a")).toBeNull();
    expect(await shelf.get("challenges/b")).toBeNull();
    expect(await shelf.get("challenges-c")).toBe("challenges-c");
    expect(await shelf.get("certificates/a")).toBe("certificates/a");
    await shelf.removeGroup("nothing");
  });

  each("one at a time has the lock", async () => {
    const [one, two] = [await open(), await open()];
    const lock = await one.lock();
    expect(lock).not.toBeNull();
    expect(await two.lock()).toBeNull();
    await lock![Symbol.asyncDispose]();
    const next = await two.lock();
    expect(next).not.toBeNull();
    // Whoever has let go of it twice takes it from nobody.
    await lock![Symbol.asyncDispose]();
    expect(await one.lock()).toBeNull();
    await next![Symbol.asyncDispose]();
  });

  each("keys that would lead elsewhere are no keys", async () => {
    const shelf = await open();
    for (const key of HOSTILE) {
      await expect((async () => shelf.get(key))()).rejects.toThrow("no key");
      await expect((async () => shelf.put(key, "x"))()).rejects.toThrow("no key");
      await expect((async () => shelf.remove(key))()).rejects.toThrow("no key");
    }
    expect(checkedKey("certificates/%2A.shop.example.pem")).toBe("certificates/%2A.shop.example.pem");
  });
}

const LARGE = "ü\r\n".repeat(20_000);
const HOSTILE = [
  "",
  ".",
  "..",
  "../account.pem",
  "certificates/..",
  "certificates/../account.pem",
  "/etc/passwd",
  "a//b",
  "a/b/c",
  "a\0b",
  "a\nb",
  "*",
  "münchen",
  "a".repeat(300),
];
