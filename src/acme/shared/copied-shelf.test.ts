/** The copy of a shared storage: what comes, what is lost, what does not answer. Time passes where the shelf rests. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRoot } from "../internal/make-certificates.ts";
import { DirectoryShelf } from "../shelf-directory.ts";
import { MemoryShelf } from "../shelf-memory.ts";
import { CopiedShelf } from "./copied-shelf.ts";
import { SealedShelf } from "./sealed-shelf.ts";
import type { SharedShelf } from "./shared-shelf.ts";

const KEY = "certificates/a.example.pem";
const DAY_MS = 86_400_000;

let folder: string;
let origin: MemoryShelf;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portward-copied-"));
  origin = new MemoryShelf();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function pair(fromDay: number, days = 90): Promise<string> {
  const life = { fromMs: fromDay * DAY_MS, toMs: (fromDay + days) * DAY_MS };
  const { certificate, key } = await makeRoot("a.example", life);
  return `${certificate}${key}`;
}

/** One instance with a copy of its own. */
class Machine {
  readonly shared: MemoryShelf;
  readonly copy: DirectoryShelf;
  readonly shelf: CopiedShelf;
  readonly events: string[] = [];
  readonly rests: number[] = [];
  #pass: (passed: boolean) => void = () => {};

  constructor(name: string, wrap: (shelf: SharedShelf) => SharedShelf = (shelf) => shelf) {
    this.shared = new MemoryShelf(origin);
    this.copy = new DirectoryShelf(join(folder, name));
    this.shelf = new CopiedShelf({
      shared: wrap(this.shared),
      copy: this.copy,
      log: (event) => this.events.push((event as { event: string }).event),
      pause: (ms) => this.#rest(ms),
    });
  }

  static async start(name: string, wrap?: (shelf: SharedShelf) => SharedShelf): Promise<Machine> {
    const machine = new Machine(name, wrap);
    await machine.shelf.open();
    return machine;
  }

  /** One second passes, and what it brings is there. */
  async follow(): Promise<void> {
    const rests = this.rests.length;
    this.#pass(true);
    while (this.rests.length === rests) await new Promise(setImmediate);
  }

  /** Rests of a second are ended by the test, all others at once. */
  #rest(ms: number): Promise<boolean> {
    if (ms === 5_000) return new Promise(() => {});
    this.rests.push(ms);
    if (ms !== 1_000) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#pass = resolve;
    });
  }
}

test("what one puts, another serves a second later, also after a restart without the storage", async () => {
  const [one, two] = [await Machine.start("one"), await Machine.start("two")];
  const text = await pair(0);
  await one.shelf.put(KEY, text);
  expect(await two.copy.get(KEY)).toBeNull();
  await two.follow();
  expect(await two.copy.get(KEY)).toBe(text);
  two.shelf.close();
  const again = new Machine("two");
  again.shared.problem = new Error("refused");
  await again.shelf.open();
  expect(await again.shelf.get(KEY)).toBe(text);
  expect(again.events).toEqual(["certificate_storage_unreachable"]);
});

test("while the storage does not answer nothing is lost, it is told once, and what came meanwhile is sent", async () => {
  const machine = await Machine.start("one");
  machine.shared.problem = new Error("connection refused");
  const text = await pair(0);
  await machine.shelf.put(KEY, text);
  expect(await machine.shelf.get(KEY)).toBe(text);
  await machine.follow();
  await machine.follow();
  expect(machine.events).toEqual(["certificate_storage_unreachable"]);
  await expect(machine.shelf.lock()).rejects.toThrow("connection refused");
  await expect(machine.shelf.get("account.pem")).rejects.toThrow("connection refused");
  await expect(machine.shelf.put("challenges/x", "y")).rejects.toThrow("connection refused");
  machine.shared.problem = null;
  await machine.follow();
  expect(await origin.get(KEY)).toBe(text);
  expect(machine.events).toEqual(["certificate_storage_unreachable", "certificate_storage_answers"]);
});

test("of two certificates the one that was issued last is kept on both sides, however short its life", async () => {
  const machine = await Machine.start("one");
  const [old, young, younger] = [await pair(0, 90), await pair(10, 45), await pair(20, 6)];
  await machine.shelf.put(KEY, young);
  await origin.put(KEY, old);
  await machine.follow();
  await machine.follow();
  expect(await machine.copy.get(KEY)).toBe(young);
  expect(await origin.get(KEY)).toBe(young);
  await origin.put(KEY, younger);
  expect(await machine.shelf.get(KEY)).toBe(younger);
  expect(await machine.copy.get(KEY)).toBe(younger);
});

test("what is damaged, half written or with another key replaces nothing, and is replaced", async () => {
  const machine = await Machine.start("one");
  const [good, other] = [await pair(0), await pair(5)];
  await machine.shelf.put(KEY, good);
  const swapped = `${other.slice(0, other.indexOf("-----BEGIN PRIVATE"))}${good.slice(good.indexOf("-----BEGIN PRIVATE"))}`;
  for (const bad of ["", "x", other.slice(0, 300), swapped]) {
    await origin.put(KEY, bad);
    await machine.follow();
    expect(await machine.copy.get(KEY)).toBe(good);
    expect(await machine.shelf.get(KEY)).toBe(good);
    await machine.follow();
    expect(await origin.get(KEY)).toBe(good);
  }
});

test("a storage that was emptied is filled again, and what a directory alone had goes there", async () => {
  const text = await pair(0);
  const before = new DirectoryShelf(join(folder, "one"));
  await before.put("account.pem", "key");
  await before.put(KEY, text);
  const machine = await Machine.start("one");
  expect([await origin.get(KEY), await origin.get("account.pem")]).toEqual([text, "key"]);
  origin = new MemoryShelf();
  await machine.shared.remove(KEY);
  await machine.shared.remove("account.pem");
  await machine.follow();
  await machine.follow();
  expect(await machine.shared.get(KEY)).toBe(text);
  expect(await machine.shared.get("account.pem")).toBe("key");
  expect(await machine.shelf.get("account.pem")).toBe("key");
});

test("a challenge is with all before the authority may look, and gone with all afterwards", async () => {
  const [one, two] = [await Machine.start("one"), await Machine.start("two")];
  await one.shelf.put("challenges/token", "answer");
  // Longer than two rounds of everybody else.
  expect(one.rests.at(-1)).toBeGreaterThan(2_000);
  await two.follow();
  expect(await two.copy.get("challenges/token")).toBe("answer");
  await one.shelf.remove("challenges/token");
  await two.follow();
  expect(await two.copy.get("challenges/token")).toBeNull();
  expect(await one.copy.get("challenges/token")).toBeNull();
});

test("a storage that takes nothing is told once, and read all the same", async () => {
  const [one, two] = [await Machine.start("one"), await Machine.start("two")];
  two.shared.put = async () => {
    throw new Error("READONLY");
  };
  await two.shelf.put(KEY, await pair(0));
  await two.follow();
  const text = await pair(5);
  await one.shelf.put("certificates/b.example.pem", text);
  await two.follow();
  expect(await two.copy.get("certificates/b.example.pem")).toBe(text);
  expect(two.events).toEqual(["certificate_storage_unreachable"]);
});

test("what is far too large is not copied", async () => {
  const machine = await Machine.start("one");
  await origin.put("account.pem", "x".repeat(2_000_000));
  await machine.follow();
  expect(await machine.copy.get("account.pem")).toBeNull();
});

test("lists that change are those of the storage, and from here while it does not answer", async () => {
  const [one, two] = [await Machine.start("one"), await Machine.start("two")];
  await one.shelf.put("holds.json", "{}");
  await two.follow();
  two.shared.problem = new Error("refused");
  expect(await two.shelf.get("holds.json")).toBe("{}");
  two.shared.problem = null;
  await one.shelf.remove("holds.json");
  expect(await two.shelf.get("holds.json")).toBeNull();
  two.shared.problem = new Error("refused");
  await expect(two.shelf.get("holds.json")).rejects.toThrow("refused");
  expect(await origin.get("holds.json")).toBeNull();
});

test("what somebody else has put there becomes no file", async () => {
  const machine = new Machine("one");
  const hostile = [
    "../x",
    "certificates/../../x",
    "certificates/.x",
    "challenges/..",
    "other",
    "a/b",
    "challenges/a/b",
    "certificates/\0",
  ];
  machine.shared.entries = async () => new Map(hostile.map((key) => [key, "text"] as const));
  await machine.shelf.open();
  expect(machine.events).toEqual([]);
  expect(readdirSync(folder, { recursive: true })).toEqual([]);
});

test("without the passphrase nothing can be read, and what was not sealed with it counts as not there", async () => {
  const sealed = (passphrase: string) => (shelf: SharedShelf) => new SealedShelf(shelf, passphrase);
  const [one, two] = [
    await Machine.start("one", sealed("secret")),
    await Machine.start("two", sealed("secret")),
  ];
  const stranger = await Machine.start("three", sealed("guess"));
  const text = await pair(0);
  await one.shelf.put(KEY, text);
  await two.follow();
  await stranger.follow();
  expect(await origin.get(KEY)).not.toContain("CERTIFICATE");
  expect(await two.copy.get(KEY)).toBe(text);
  expect(await stranger.copy.get(KEY)).toBeNull();
  // Under another key it is another's.
  await origin.put("certificates/b.example.pem", (await origin.get(KEY))!);
  await origin.put("certificates/c.example.pem", text);
  await two.follow();
  expect(readdirSync(join(folder, "two/certificates"))).toEqual(["a.example.pem"]);
});
