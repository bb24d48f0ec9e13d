/** Certificates from an authority: Pebble looks at hosts, refuses some nonces and takes its time. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { RunningProgram } from "../supervisor/running-program.ts";
import { certificatePath } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { TlsClient } from "../support/tls-client.ts";
import { Scene } from "./scene.ts";
import { type Pebble, startPebble } from "./servers/pebble.ts";

interface Site {
  readonly pebble: Pebble;
  readonly storage: string;
  readonly http: number;
  readonly https: number;
}

function yaml({ pebble, storage, http, https }: Site, names: readonly string[], more = ""): string {
  const other = `{ cert: ${certificatePath("other.crt")}, key: ${certificatePath("other.key")} }`;
  return `
settings:
  acme: { storage: ${storage}, directory: "${pebble.directory}", ca: ${pebble.ca}, email: ops@shop.example${more} }
listeners:
  web:
    address: "127.0.0.1:${https}"
    tls: { certificates: [${other}], acme: [${names.join(", ")}], https_only: { redirect_from: ${http} } }
routes:
  - { listen: web, path: /, respond: { body: secure } }
`;
}

/** The DNS names of what a client is shown who asks for this one, or the handshake's error. */
async function shown(port: number, servername: string, ca: string): Promise<string> {
  using client = await TlsClient.connect({ port, servername, ca });
  return client.error ?? client.socket.getPeerCertificate().subjectaltname ?? "";
}

/** In every worker. */
async function serves(program: RunningProgram, port: number, name: string, pebble: Pebble): Promise<void> {
  const root = await pebble.root();
  const end = performance.now() + 30_000;
  for (let inRow = 0; inRow < 8; ) {
    if (performance.now() > end) throw new Error(`not served: ${JSON.stringify(program.lines, null, 1)}`);
    inRow = (await shown(port, name, root)) === `DNS:${name}` ? inRow + 1 : 0;
  }
}

test("certificates are obtained while others are served, and renewed in time", async () => {
  await using scene = await Scene.open();
  const [http, https] = [freePort(), freePort()];
  const pebble = await startPebble(scene, { httpPort: http, lifetime: 15 });
  const storage = scene.path("acme");
  const names = ["shop.example", "www.shop.example"];
  const site = yaml({ pebble, storage, http, https }, names);
  await using program = await RunningProgram.start(site, ["--workers", "2"]);
  expect(await shown(https, "other.example", readFileSync(certificatePath("root.crt"), "utf8"))).toBe(
    "DNS:other.example",
  );
  await program.until("certificate_obtained", 2);
  const file = join(storage, readdirSync(storage)[0]!, "certificates", "shop.example.pem");
  const first = readFileSync(file, "utf8");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const name of names) await serves(program, https, name, pebble);
  await program.until("certificate_obtained", 4, 25_000);
  await eventually(() => readFileSync(file, "utf8") !== first, "another certificate");
  await program.until("certificates_renewed", 4);
  expect(program.count("certificate_not_obtained")).toBe(0);
  const answer = await fetch(`http://127.0.0.1:${http}/.well-known/acme-challenge/${"x".repeat(43)}`, {
    redirect: "manual",
  });
  expect(answer.status).toBe(308);
}, 90_000);

test("an authority that asks by a handshake is answered by every worker, with nothing at port 80", async () => {
  await using scene = await Scene.open();
  const [http, https] = [freePort(), freePort()];
  const pebble = await startPebble(scene, { httpPort: freePort(), tlsPort: https, lifetime: 15, delay: 1 });
  const names = ["shop.example", "www.shop.example"];
  const site = { pebble, storage: scene.path("acme"), http, https };
  const text = yaml(site, names, ", challenge: tls-alpn-01");
  await using program = await RunningProgram.start(text, ["--workers", "2"]);
  await program.until("certificate_obtained", 2, 20_000);
  for (const name of names) await serves(program, https, name, pebble);
  await program.until("certificate_obtained", 4, 30_000);
  expect(program.count("certificate_not_obtained")).toBe(0);
}, 90_000);

test("two instances share a storage: one obtains, the other answers for it, both serve", async () => {
  await using scene = await Scene.open();
  const [http, unseen] = [freePort(), freePort()];
  const pebble = await startPebble(scene, { httpPort: http });
  const storage = scene.path("acme");
  const ports = [freePort(), freePort()] as const;
  const answers = yaml({ pebble, storage, http, https: ports[1] }, ["shop.example"]);
  await using answering = await RunningProgram.start(answers.replace("acme: [shop.example],", ""));
  const asks = yaml({ pebble, storage, http: unseen, https: ports[0] }, ["shop.example"]);
  await using asking = await RunningProgram.start(asks, ["--workers", "1"]);
  await asking.until("certificate_obtained");
  await answering.configure(answers);
  answering.signal("SIGHUP");
  await answering.until("reloaded");
  await serves(asking, ports[0], "shop.example", pebble);
  await serves(answering, ports[1], "shop.example", pebble);
  expect(answering.count("certificate_ordered")).toBe(0);
}, 60_000);

test("who is killed in the middle begins again with the same account, and then serves what is stored", async () => {
  await using scene = await Scene.open();
  const [http, https] = [freePort(), freePort()];
  const pebble = await startPebble(scene, { httpPort: http, delay: 3 });
  const storage = scene.path("acme");
  const site = yaml({ pebble, storage, http, https }, ["shop.example"]);
  await using program = await RunningProgram.start(site, ["--workers", "1"]);
  await program.until("certificate_ordered");
  const home = () => join(storage, readdirSync(storage)[0]!);
  const challenges = () =>
    existsSync(join(home(), "challenges")) ? readdirSync(join(home(), "challenges")) : [];
  await eventually(() => challenges().length === 1, "a challenge");
  const account = readFileSync(join(home(), "account.pem"), "utf8");
  program.signal("SIGKILL");
  await program.exited;
  await program.launch(["--workers", "1"]);
  await program.until("certificate_obtained", 1, 30_000);
  await serves(program, https, "shop.example", pebble);
  expect(challenges()).toEqual([]);
  expect(readFileSync(join(home(), "account.pem"), "utf8")).toBe(account);
  program.signal("SIGTERM");
  await program.exited;
  await program.launch(["--workers", "1"]);
  await serves(program, https, "shop.example", pebble);
  expect(program.count("certificate_obtained")).toBe(1);
}, 60_000);

test("an authority that asks for an account elsewhere gets it once, and the key appears nowhere", async () => {
  await using scene = await Scene.open();
  const [http, https] = [freePort(), freePort()];
  const key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
  const pebble = await startPebble(scene, { httpPort: http, externalKeys: { "kid-1": key } });
  const site = { pebble, storage: scene.path("acme"), http, https };
  await using program = await RunningProgram.start(yaml(site, ["shop.example"]), ["--workers", "1"]);
  await program.until("certificate_not_obtained");
  expect(JSON.stringify(program.lines)).toContain("externalAccountBinding");
  const bound = `, external_account: { key_id: kid-1, key: "${key}" }`;
  await program.configure(yaml(site, ["shop.example"], bound));
  program.signal("SIGHUP");
  await program.until("certificate_obtained");
  await program.configure(yaml(site, ["shop.example", "www.shop.example"], `${bound.slice(0, -4)}x" }`));
  program.signal("SIGHUP");
  await program.until("certificate_obtained", 2);
  await serves(program, https, "www.shop.example", pebble);
  expect(JSON.stringify(program.lines)).not.toContain(key.slice(0, 20));
}, 60_000);
