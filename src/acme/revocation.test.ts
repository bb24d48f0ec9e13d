/** Revocation by hand: what the authority is handed, and what follows. */
import { expect, test } from "bun:test";
import { createRandom } from "../base/random.ts";
import { err, ok } from "../base/result.ts";
import type { CertificateAuthority } from "./authority.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";
import { makeRoot } from "./internal/make-certificates.ts";
import { MemoryShelf } from "./shelf-memory.ts";
import { AcmeStorage } from "./storage.ts";

async function keeperWith(authority: Partial<CertificateAuthority>, hasCertificate = true) {
  const shelf = new MemoryShelf();
  const storage = new AcmeStorage(shelf);
  const made = await makeRoot("a.example", { fromMs: 0, toMs: 90 * 86_400_000 });
  if (hasCertificate) await storage.putCertificate("a.example", `${made.certificate}${made.key}`);
  const events: unknown[] = [];
  const keeper = new CertificateKeeper(["a.example"], {
    storage,
    authority: { obtain: async () => ok(""), ...authority },
    advisor: null,
    demand: null,
    count() {},
    log: (event) => events.push(event),
    wallMs: () => 1_000,
    random: createRandom([1, 2, 3, 4]),
    pause: async () => false,
  });
  return { keeper, shelf, events, made };
}

test("the authority gets the certificate without its key, and another one is asked for", async () => {
  const seen: [string, number][] = [];
  const { keeper, events, made } = await keeperWith({
    revoke: async (...asked) => {
      seen.push(asked);
      return ok(null);
    },
  });
  expect(await keeper.revoke("a.example", 1)).toEqual(ok(null));
  expect(seen).toEqual([[made.certificate, 1]]);
  expect(keeper.kept()).toMatchObject([{ state: "waiting", dueMs: 0 }]);
  expect(events).toEqual([{ level: "warn", event: "certificate_revoked", name: "a.example", reason: 1 }]);
});

test("what cannot be revoked is told, and changes nothing", async () => {
  const problem = { message: "already revoked", retryAfterMs: 0, isAboutName: true, isLimit: false };
  const refusing = await keeperWith({ revoke: async () => err(problem) });
  const before = refusing.keeper.kept();
  expect(await refusing.keeper.revoke("a.example", 0)).toEqual(err("already revoked"));
  expect(await refusing.keeper.revoke("b.example", 0)).toBeNull();
  await refusing.shelf.lock();
  expect(await refusing.keeper.revoke("a.example", 0)).toMatchObject({ ok: false });
  expect(refusing.keeper.kept()).toEqual(before);
  expect(refusing.events).toEqual([]);
  expect(await (await keeperWith({})).keeper.revoke("a.example", 0)).toMatchObject({ ok: false });
  refusing.shelf.problem = new Error("connection refused");
  expect(await refusing.keeper.revoke("a.example", 0)).toEqual(err("connection refused"));
  const without = await keeperWith({ revoke: async () => ok(null) }, false);
  expect(await without.keeper.revoke("a.example", 0)).toEqual(err("there is none to revoke yet"));
});
