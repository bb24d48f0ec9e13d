import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { challengeFiles } from "../io/challenge-files.ts";
import { DirectoryShelf } from "./shelf-directory.ts";
import { AcmeStorage } from "./storage.ts";

const TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJyPCt92wr";

function inFolder(run: (home: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), "portward-acme-"));
    try {
      await run(join(folder, "home"));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

test(
  "one at a time has the lock, and nobody else may look into what is kept",
  inFolder(async (home) => {
    const [one, two] = [storageAt(home), storageAt(home)];
    const first = await one.lock();
    expect(first).not.toBeNull();
    expect(await two.lock()).toBeNull();
    await one.putCertificate("a.example", "text");
    expect(await one.accountKey(async () => "key")).toBe("key");
    expect(await two.accountKey(async () => "another")).toBe("key");
    await first![Symbol.asyncDispose]();
    await using again = await two.lock();
    expect(again).not.toBeNull();
    expect(modes(home)).toEqual({ ".": 0o700, "account.pem": 0o600, certificates: 0o700, lock: 0o600 });
    expect(modes(join(home, "certificates"))).toEqual({ ".": 0o700, "a.example.pem": 0o600 });
  }),
);

test(
  "a challenge is answered while it is open, and what an instance that was killed left is swept away",
  inFolder(async (home) => {
    const storage = storageAt(home);
    const answers = challengeFiles(join(home, "challenges"));
    const path = `/.well-known/acme-challenge/${TOKEN}`;
    expect(answers(path)).toBeNull();
    await storage.putChallenge(TOKEN, `${TOKEN}.thumb`);
    expect(answers(path)?.toString()).toBe(`${TOKEN}.thumb`);
    await storage.removeChallenge(TOKEN);
    expect(answers(path)).toBeNull();
    await storage.putChallenge(TOKEN, "left");
    await using _lock = await storage.lock();
    expect(answers(path)).toBeNull();
  }),
);

test(
  "only tokens are looked for",
  inFolder(async (home) => {
    const storage = storageAt(home);
    await storage.accountKey(async () => "secret");
    await storage.putChallenge("short", "x");
    const answers = challengeFiles(join(home, "challenges"));
    for (const rest of ["short", "../account.pem", "..%2Faccount.pem", "", `${TOKEN}/`, `${TOKEN}\0`]) {
      expect(answers(`/.well-known/acme-challenge/${rest}`)).toBeNull();
    }
  }),
);

test(
  "what an authority has said of its limits is kept for all who share the storage, until it is past",
  inFolder(async (home) => {
    const [one, two] = [new AcmeStorage(new DirectoryShelf(home)), new AcmeStorage(new DirectoryShelf(home))];
    await one.hold("a.example", 2_000, 1_000);
    expect([await two.heldUntilMs("a.example"), await two.heldUntilMs("b.example")]).toEqual([2_000, 0]);
    await two.hold(null, 3_000, 1_000);
    expect([await one.heldUntilMs("a.example"), await one.heldUntilMs("*.b.example")]).toEqual([
      3_000, 3_000,
    ]);
    await one.hold("c.example", 9_000, 4_000);
    expect([await one.heldUntilMs("a.example"), await one.heldUntilMs("c.example")]).toEqual([0, 9_000]);
    for (const text of ["", "{", "null", "[1]", '{"d.example":"soon"}']) {
      writeFileSync(join(home, "holds.json"), text);
      expect(await one.heldUntilMs("d.example")).toBe(0);
    }
  }),
);

test(
  "a damaged certificate counts as none",
  inFolder(async (home) => {
    const storage = storageAt(home);
    expect(await storage.validity("a.example")).toBeNull();
    await storage.putCertificate(
      "a.example",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    expect(await storage.validity("a.example")).toBeNull();
  }),
);

function storageAt(home: string): AcmeStorage {
  return new AcmeStorage(new DirectoryShelf(home));
}

function modes(folder: string): Record<string, number> {
  const names = [".", ...readdirSync(folder)];
  return Object.fromEntries(names.map((name) => [name, statSync(join(folder, name)).mode & 0o777]));
}
