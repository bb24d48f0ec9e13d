/** `tls: internal` as it is run: real processes, and clients that trust the root and nothing else. */
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRoot } from "../../src/acme/internal/internal-root.ts";
import { makeLeaf } from "../../src/acme/internal/make-certificates.ts";
import { DirectoryShelf } from "../../src/acme/shelf-directory.ts";
import { certificateKey } from "../../src/config/values/acme-places.ts";
import { PORTWARD, runToEnd } from "../cli/support.ts";
import { tlsGet } from "../support/tls-client.ts";
import { RunningProgram } from "./running-program.ts";

function yaml(hosts: readonly string[], more = ""): string {
  const list = JSON.stringify(hosts);
  return `
listeners: { web: { address: "127.0.0.1:0", tls: internal } }
routes:
  - { listen: web, host: ${list}, path: /, respond: { body: shop } }
  - { listen: web, path: /, respond: { body: any } }
${more}`;
}

/** The answer's body, or why the client does not trust who answers. */
async function fetched(program: RunningProgram, host: string, ca: string): Promise<string> {
  // A client that asks for an address names nobody in its ClientHello.
  const servername = isIP(host) === 0 ? host : "";
  const { error, body } = await tlsGet({ port: program.port, ca, servername, host: "127.0.0.1" }, host);
  return error ?? body;
}

function rootOf(program: RunningProgram): string {
  return readFileSync(String(program.last("internal_ca")["root"]), "utf8");
}

test("hosts of routes and this machine are certified, by a root that stays, in every worker", async () => {
  const state = mkdtempSync(join(tmpdir(), "portward-state-"));
  using _gone = { [Symbol.dispose]: () => rmSync(state, { recursive: true, force: true }) };
  const surroundings = { environment: { XDG_STATE_HOME: state } };
  const hosts = ["shop.example", "*.wild.example"];
  await using program = await RunningProgram.start(yaml(hosts), ["--workers", "2"], surroundings);
  const storage = join(state, "portward/local-ca");
  const root = rootOf(program);
  for (const host of ["shop.example", "a.wild.example"]) {
    for (let i = 0; i < 4; i++) expect(await fetched(program, host, root)).toBe("shop");
  }
  for (const host of ["localhost", "127.0.0.1"]) expect(await fetched(program, host, root)).toBe("any");
  expect(await fetched(program, "new.example", root)).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  await program.configure(yaml([...hosts, "new.example"]));
  program.signal("SIGHUP");
  await program.until("reloaded");
  for (let i = 0; i < 4; i++) expect(await fetched(program, "new.example", root)).toBe("shop");
  program.signal("SIGTERM");
  expect(await program.exited).toBe(0);
  const before = certificatesIn(storage);
  expect(Object.keys(before).sort()).toEqual([
    "%2A.wild.example.pem",
    "localhost.pem",
    "new.example.pem",
    "shop.example.pem",
  ]);
  await program.launch(["--workers", "1"]);
  expect(rootOf(program)).toBe(root);
  expect(certificatesIn(storage)).toEqual(before);
  expect(await fetched(program, "shop.example", root)).toBe("shop");
  expect(modesIn(storage)).toEqual(new Set(["700 directory", "600 file"]));
  expect(JSON.stringify(program.lines)).not.toContain("PRIVATE");
}, 60_000);

test("certificates are renewed and served without anybody's doing", async () => {
  await using program = new RunningProgram();
  const storage = join(program.folder, "ca");
  await program.configure(yaml(["shop.example"], `settings: { internal_ca: { storage: ca, lifetime: 1m } }`));
  const first = await issue(storage, "shop.example");
  await program.launch(["--workers", "1"]);
  expect(certificatesIn(storage)["shop.example.pem"]).toBe(first);
  await program.until("certificates_renewed", 1, 25_000);
  expect(certificatesIn(storage)["shop.example.pem"]).not.toBe(first);
  expect(await fetched(program, "shop.example", rootOf(program))).toBe("shop");
  expect(program.count("certificate_expired") + program.count("certificate_expires_soon")).toBe(0);
}, 90_000);

test("a storage that cannot be used stops the start, and a reload changes nothing", async () => {
  await using program = new RunningProgram();
  writeFileSync(join(program.folder, "file"), "");
  const bad = yaml(["shop.example"], `settings: { internal_ca: { storage: file/ca } }`);
  await program.configure(bad);
  expect(await program.tryLaunch([])).toBe(1);
  const told = program.lines.map(({ event }) => event).join("\n");
  expect(told).toContain(
    "site.yaml:2:50: error[tls.internal_storage]: the storage of the local certificate authority",
  );
  await program.configure(yaml(["shop.example"], `settings: { internal_ca: { storage: ca } }`));
  await program.launch(["--workers", "1"]);
  await program.configure(bad);
  program.signal("SIGHUP");
  await program.until("reload_refused");
  expect(await fetched(program, "shop.example", rootOf(program))).toBe("shop");
}, 60_000);

/** Due in three seconds, and for twenty more to live. */
async function issue(storage: string, name: string): Promise<string> {
  const shelf = new DirectoryShelf(storage);
  const root = await openRoot({ shelf, wallMs: Date.now, hostname: "box", pause: Bun.sleep });
  if (!root.ok) throw new Error(root.error);
  const nowMs = Date.now();
  const { certificate, key } = await makeLeaf(root.value, [name], {
    fromMs: nowMs - 37_000,
    toMs: nowMs + 23_000,
  });
  await shelf.put(certificateKey(name), `${certificate}${key}`);
  return `${certificate}${key}`;
}

function certificatesIn(storage: string): Record<string, string> {
  const folder = join(storage, "certificates");
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

function modesIn(folder: string): Set<string> {
  const modes = new Set<string>();
  for (const name of ["", ...readdirSync(folder, { recursive: true }).map(String)]) {
    const stats = statSync(join(folder, name));
    modes.add(`${(stats.mode & 0o777).toString(8)} ${stats.isDirectory() ? "directory" : "file"}`);
  }
  return modes;
}

test("`cert renew` has another one made, which is served; what is not renewed here is refused", async () => {
  await using program = new RunningProgram();
  await program.configure(yaml(["shop.example"], `settings: { internal_ca: { storage: ca } }`));
  await program.launch(["--workers", "1", "--admin", "127.0.0.1:0"]);
  const admin = String(program.last("ready")["admin"]);
  const first = certificatesIn(join(program.folder, "ca"))["shop.example.pem"];
  const renewed = await runToEnd([PORTWARD, "cert", "renew", "shop.example", "--admin", admin]);
  expect(renewed.out).toMatch(/^shop\.example: asked for\nshop\.example: renewed, valid until .*\n$/);
  expect(renewed.code).toBe(0);
  expect(certificatesIn(join(program.folder, "ca"))["shop.example.pem"]).not.toBe(first);
  await program.until("certificates_renewed");
  expect(await fetched(program, "shop.example", rootOf(program))).toBe("shop");
  const listed = await runToEnd([PORTWARD, "cert", "list", "--live", "--admin", admin]);
  expect(listed.out).toMatch(
    /\nshop\.example +internal +shop\.example +Portward local CA .* +ECDSA P-256 .* good\n/,
  );
  const refused = await runToEnd([PORTWARD, "cert", "renew", "other.example", "--admin", admin]);
  expect([refused.code, refused.out]).toEqual([1, ""]);
}, 60_000);
