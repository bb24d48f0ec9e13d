import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRoot } from "../../acme/internal/internal-root.ts";
import { DirectoryShelf } from "../../acme/shelf-directory.ts";
import { runProgram } from "../program.ts";
import { TestContext } from "../test-context.ts";

async function trust(tls: string, withRoot: boolean) {
  const folder = mkdtempSync(join(tmpdir(), "portward trust-"));
  try {
    const file = join(folder, "a.yaml");
    writeFileSync(
      file,
      `settings: { internal_ca: { storage: ca } }\nlisteners: { web: { address: 8443, ${tls} } }\nroutes: [{ listen: web, path: /, respond: { body: hello } }]\n`,
    );
    const shelf = new DirectoryShelf(join(folder, "ca"));
    if (withRoot) await openRoot({ shelf, wallMs: Date.now, hostname: "box", pause: async () => {} });
    const context = new TestContext();
    const code = await runProgram(["cert", "trust", "--config", file], context);
    return {
      code,
      printed: context.printed,
      complained: context.complained,
      root: join(folder, "ca/root.crt"),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("says which file to trust, and how, with no key", async () => {
  const { code, printed, root } = await trust("tls: internal", true);
  expect(code).toBe(0);
  expect(printed).toContain(`  ${root}\n`);
  expect(printed).toContain(`curl --cacert '${root}' https://`);
  expect(printed).toMatch(/SHA-256 (?:[0-9A-F]{2}:){31}[0-9A-F]{2}\n/);
  expect(printed).not.toContain("PRIVATE");
});

test("says what is missing", async () => {
  const unmade = await trust("tls: internal", false);
  expect([unmade.code, unmade.printed]).toEqual([1, ""]);
  expect(unmade.complained).toContain("it is made when `portward run` serves");
  const unused = await trust("tls: { internal: off, certificates: [{ cert: a, key: b }] }", false);
  expect([unused.code, unused.printed]).toEqual([1, ""]);
  expect(unused.complained).toContain("no listener has `tls: internal`");
});
