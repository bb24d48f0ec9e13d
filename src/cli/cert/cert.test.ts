/** `cert list`, `show` and `renew`, over files and over a running instance. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificatePath, pem } from "../../../test/support/certificates.ts";
import { makeRoot } from "../../acme/internal/make-certificates.ts";
import type { AdminServer } from "../../admin/http/server.ts";
import { FakeDesk, FakeInstance } from "../../admin/test-support/fake-instance.ts";
import { serveInstance } from "../../admin/test-support/serve-instance.ts";
import type { CertificatesView } from "../../admin/views.ts";
import { loadConfiguration } from "../../config/load.ts";
import { certificateKey } from "../../config/values/acme-places.ts";
import { runProgram } from "../program.ts";
import { TestContext } from "../test-context.ts";

const YAML = `
settings: { acme: { storage: acme, directory: "https://ca.example/dir" } }
listeners:
  web:
    address: 8443
    tls:
      certificates: [{ cert: ${certificatePath("shop-chain.crt")}, key: ${certificatePath("shop.key")} }]
      acme: [new.example]
  other: { address: 8444, tls: { certificates: [{ cert: ${certificatePath("other.crt")}, key: missing.key }] } }
upstreams:
  api: { targets: ["https://10.0.0.1"], tls: { certificate: { cert: ${certificatePath("shop-chain.crt")}, key: ${certificatePath("shop.key")} } } }
routes:
  - { listen: [web, other, 8080], path: /, upstream: api }
`;

let folder: string;
let desk: FakeDesk;
let server: AdminServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "portward-cert-"));
  writeFileSync(join(folder, "site.yaml"), YAML);
  const loaded = await loadConfiguration([join(folder, "site.yaml")]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const instance = new FakeInstance(loaded.value);
  desk = new FakeDesk("new.example");
  instance.deskList = [desk];
  server = serveInstance(instance);
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function cert(...words: string[]) {
  const context = new TestContext();
  const at =
    words.includes("--live") || ["renew", "revoke"].includes(words[0]!)
      ? ["--admin", server.address]
      : ["--config", join(folder, "site.yaml")];
  const code = await runProgram(["cert", ...words, ...at], context);
  expect(context.printed + context.complained).not.toContain("PRIVATE");
  return { code, printed: context.printed, complained: context.complained };
}

function obtainedFile(): string {
  return join(folder, "acme/ca.example-dir", certificateKey("new.example"));
}

/** As if an authority had issued it. */
async function obtain(): Promise<void> {
  const nowMs = Date.now();
  const made = await makeRoot("somebody", { fromMs: nowMs - 1_000, toMs: nowMs + 5.5 * 86_400_000 });
  await Bun.write(obtainedFile(), `${made.certificate}${made.key}`);
}

test("list says of each what it is for, where it is from and how long it lasts", async () => {
  const { code, printed, complained } = await cert("list");
  expect([code, complained]).toEqual([0, ""]);
  const [head, shop, obtained, other, ...more] = printed
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/));
  expect(more).toEqual([]);
  expect(head).toEqual([
    "certificate",
    "source",
    "for",
    "issuer",
    "key",
    "expires",
    "days",
    "renewal",
    "state",
  ]);
  expect(shop!.slice(0, 2)).toEqual(["shop.example", "files"]);
  expect(shop![4]).toBe("ECDSA P-256");
  expect(obtained).toEqual(["new.example", "acme", "new.example", "-", "-", "-", "-", "-", "missing"]);
  expect(other!.at(-1)).toBe(`unusable: ${join(folder, "missing.key")}: no such file or directory`);
  const data = JSON.parse((await cert("list", "--json")).printed) as CertificatesView;
  expect(data.certificates).toHaveLength(3);
  expect(data.certificates[0]).toMatchObject({ listeners: ["web"], upstreams: ["api"], next_renewal: null });
});

test("of a running instance it also tells the next renewal and what went wrong", async () => {
  const { code, printed } = await cert("list", "--live");
  expect(code).toBe(0);
  expect(printed).toContain("2100-01-01  missing, failed 2 times: rate limited\n");
});

test("show finds by name, by what it is for and by file, and prints what clients get", async () => {
  const file = certificatePath("shop-chain.crt");
  const byName = await cert("show", "shop.example");
  expect(byName.printed).toMatch(/^shop\.example\n {2}source {3}files, .*\n {2}state {4}/);
  expect(byName.printed).toContain("  used by  listener web, upstream api\n");
  expect(byName.printed).toMatch(/\n {2}SHA-256 {2}(?:[0-9A-F]{2}:){31}[0-9A-F]{2}\n/);
  expect(byName.printed).toMatch(/\n {2}chain {4}.*, until \d{4}-\d\d-\d\d\n/);
  expect((await cert("show", file)).printed).toBe(byName.printed);
  expect((await cert("show", "www.shop.example")).printed).toBe(byName.printed);
  expect((await cert("show", "shop.example", "--pem")).printed.trim()).toBe(pem("shop-chain.crt").trim());
});

test("a name that is not there is told with the one that was meant", async () => {
  const { code, printed, complained } = await cert("show", "shop.exmaple");
  expect([code, printed]).toEqual([1, ""]);
  expect(complained).toContain(
    'there is no certificate "shop.exmaple"\n  help: did you mean `shop.example`?',
  );
  expect((await cert("renew", "../../etc/passwd")).complained).toContain("(admin.no_certificate)");
  expect((await cert("renew", "shop.example")).code).toBe(1);
  expect((await cert("show", "*")).code).toBe(1);
  expect((await cert("show", "")).code).toBe(1);
});

test("renew waits for the certificate that comes", async () => {
  desk.renew = (name) => {
    desk.state = { problem: null, failures: 0, dueMs: 0 };
    void obtain();
    return name === "new.example";
  };
  const { code, printed, complained } = await cert("renew", "new.example");
  expect([code, complained]).toEqual([0, ""]);
  expect(printed).toMatch(/^new\.example: asked for\nnew\.example: renewed, valid until \d{4}-.*Z\n$/);
  expect(readFileSync(obtainedFile(), "utf8")).toContain("PRIVATE KEY");
});

test("renew tells what the authority said when nothing comes", async () => {
  desk.renew = (name) => {
    desk.state = { problem: { message: "no such\u001b[2J host", atMs: Date.now() } };
    return name === "new.example";
  };
  const { code, complained } = await cert("renew", "new.example");
  expect(code).toBe(1);
  expect(complained).toStartWith("error: new.example: no such");
  expect(complained).not.toContain("\u001b");
});

test("status ends with the certificates that end first", async () => {
  const context = new TestContext();
  expect(await runProgram(["status", "--admin", server.address], context)).toBe(0);
  expect(context.printed).toContain("\ncertificate ");
  expect(context.printed).toContain("failed 2 times: rate limited");
});

test("renew does not wait for an authority that is not to be asked yet", async () => {
  const { code, complained } = await cert("renew", "new.example");
  expect(code).toBe(1);
  expect(complained).toContain(
    "new.example: rate limited; it is asked for again at 2100-01-01T00:00:00.000Z",
  );
});

test("revoke tells the authority why, and waits for another one", async () => {
  desk.renew = () => false;
  const revoke = desk.revoke.bind(desk);
  desk.revoke = (name, reason) => {
    desk.state = { problem: null, failures: 0, dueMs: 0 };
    setTimeout(() => void obtain(), 20);
    return revoke(name, reason);
  };
  const { code, printed } = await cert("revoke", "new.example", "--yes", "--reason", "key_compromise");
  expect(desk.wishes).toEqual(["revoke new.example 1"]);
  expect(printed).toMatch(/^new\.example: revoked; another is asked for\nnew\.example: renewed, valid until/);
  expect(code).toBe(0);
});

test("what the authority does not revoke is told with its reason", async () => {
  desk.refusal = "already revoked";
  const { code, complained } = await cert("revoke", "new.example", "--yes");
  expect([code, complained]).toEqual([1, expect.stringContaining("already revoked (admin.not_revoked)")]);
  expect((await cert("revoke", "shop.example", "--yes")).complained).toContain("(admin.no_certificate)");
});

test("metrics tell when each is asked for next, and how often that came to nothing", async () => {
  const text = await (await fetch(`http://${server.address}/metrics`)).text();
  expect(text).toContain(
    `portward_certificate_next_renewal_seconds{name="new.example"} ${Date.UTC(2100, 0) / 1000}\n`,
  );
  expect(text).toContain('portward_certificate_renewal_failures{name="new.example"} 2\n');
});

test("who names an instance asks it, and not the configuration as well", async () => {
  const asked = new TestContext();
  expect(await runProgram(["cert", "list", "--admin", server.address], asked)).toBe(0);
  expect(asked.printed).toBe((await cert("list", "--live")).printed);
  const both = new TestContext();
  const words = ["cert", "list", "--admin", server.address, "--config", join(folder, "site.yaml")];
  expect(await runProgram(words, both)).toBe(2);
  expect(both.complained).toContain("'--live' cannot be used with option '--config <path>'");
});

test("what may not be read is not called missing", async () => {
  mkdirSync(obtainedFile(), { recursive: true });
  const { printed } = await cert("list");
  expect(printed).toMatch(/^new\.example .* unusable: .*: /m);
});
