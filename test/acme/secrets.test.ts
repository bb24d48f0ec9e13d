/** Secrets of `settings.acme` are in nothing that is shown: neither in the outline of a configuration nor in a plan. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outlineOf } from "../../src/config/outline.ts";
import { diskFiles } from "../../src/config/source/file-access.ts";
import { loadTested } from "../../src/explain/load-tested.ts";
import { Side } from "../../src/plan/side.ts";
import { compareSettings } from "../../src/plan/structure/settings.ts";

function yaml(secret: (which: number) => string): string {
  return `
settings:
  acme:
    storage: acme
    challenge: dns-01
    external_account: { key_id: kid-1, key: "${secret(1)}" }
    dns: { exec: [/bin/true], env: { API_TOKEN: "${secret(2)}" } }
    on_demand: { ask: "http://asker:${secret(3)}@127.0.0.1:3000/x?token=${secret(4)}" }
listeners:
  web: { address: "127.0.0.1:18443", tls: { on_demand: on } }
routes:
  - { listen: web, path: /, respond: { body: x } }
`;
}

async function load(folder: string, name: string, text: string) {
  const path = join(folder, name);
  writeFileSync(path, text);
  const loaded = await loadTested([path], diskFiles);
  if (!loaded.ok) throw new Error("it does not load");
  return loaded.value;
}

test("neither where they are written nor where they change", async () => {
  const folder = mkdtempSync(join(tmpdir(), "portward-secrets-"));
  try {
    const before = await load(
      folder,
      "a.yaml",
      yaml((which) => `very-secret-indeed-old-${which}`),
    );
    const after = await load(
      folder,
      "b.yaml",
      yaml((which) => `very-secret-indeed-new-${which}`),
    );
    expect(JSON.stringify(outlineOf(before.provenance, before.secrets))).not.toContain("very-secret");
    const changes = compareSettings(new Side(before), new Side(after));
    expect(changes.map(({ name }) => name)).toEqual(["acme.external_account", "acme.dns", "acme.on_demand"]);
    const shown = changes.map((change) => JSON.stringify(change)).join();
    expect(shown).toContain("kid-1");
    expect(shown).not.toContain("very-secret");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
