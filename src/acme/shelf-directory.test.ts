import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shelfContract } from "./shelf-contract.ts";
import { DirectoryShelf } from "./shelf-directory.ts";

const folder = mkdtempSync(join(tmpdir(), "portward-shelf-"));
const home = join(folder, "home");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

shelfContract(
  "a directory",
  async () => new DirectoryShelf(home),
  async () => rmSync(home, { recursive: true, force: true }),
);

test("what somebody who was killed had half written is swept away, and what is being written is not", async () => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, "certificates"), { recursive: true });
  const [old, young] = ["0", "1"].map((digit) => `.${digit.repeat(8)}-0000-4000-8000-000000000000.new`);
  for (const name of [old!, young!]) writeFileSync(join(home, "certificates", name), "half");
  utimesSync(join(home, "certificates", old!), 1_000_000, 1_000_000);
  await using lock = await new DirectoryShelf(home).lock();
  expect(lock).not.toBeNull();
  expect(readdirSync(join(home, "certificates"))).toEqual([young!]);
});

test("whatever the umask is, nobody else may look", async () => {
  rmSync(home, { recursive: true, force: true });
  const before = process.umask(0);
  try {
    const shelf = new DirectoryShelf(home);
    await shelf.put("certificates/a.pem", "key");
    await using _lock = await shelf.lock();
    const modes = [home, join(home, "certificates"), join(home, "certificates/a.pem"), join(home, "lock")];
    expect(modes.map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700, 0o600, 0o600]);
  } finally {
    process.umask(before);
  }
});
