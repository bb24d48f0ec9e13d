/** Renewals when the authority would like them, limits that it sets, and certificates that go on meanwhile. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { certificateId } from "../../src/acme/certificate-id.ts";
import { RunningProgram } from "../supervisor/running-program.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { TlsClient } from "../support/tls-client.ts";
import { Scene } from "./scene.ts";
import { AuthorityFront } from "./servers/authority-front.ts";
import { startPebble } from "./servers/pebble.ts";

interface Site {
  readonly front: AuthorityFront;
  readonly storage: string;
  readonly ca: string;
  readonly https: number;
}

function yaml({ front, storage, ca, https }: Site, names: readonly string[]): string {
  return `
settings:
  acme: { storage: ${storage}, directory: "${front.directory}", ca: ${ca}, challenge: tls-alpn-01 }
listeners:
  web: { address: "127.0.0.1:${https}", tls: { acme: ${JSON.stringify(names)} } }
routes:
  - { listen: web, path: /, respond: { body: secure } }
`;
}

function stored(storage: string, name: string): string {
  return readFileSync(join(storage, readdirSync(storage)[0]!, "certificates", `${name}.pem`), "utf8");
}

test("a window that begins early makes a renewal early, in place of the certificate it is about", async () => {
  await using scene = await Scene.open();
  const https = freePort();
  const pebble = await startPebble(scene, { httpPort: freePort(), tlsPort: https, lifetime: 60 });
  await using front = new AuthorityFront(pebble);
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  front.renewal = () => ({
    suggestedWindow: { start: at(-3_600_000), end: at(-1_800_000) },
    explanationURL: "https://ca.example/incident",
  });
  const site = { front, storage: scene.path("acme"), ca: pebble.ca, https };
  await using program = await RunningProgram.start(yaml(site, ["shop.example"]), ["--workers", "1"]);
  await program.until("certificate_obtained");
  const first = await certificateId(stored(site.storage, "shop.example"));
  await program.until("certificate_renewal_advised");
  expect(JSON.stringify(program.lines)).toContain("https://ca.example/incident");
  // Two thirds of its lifetime are 40 s.
  await program.until("certificate_obtained", 2, 25_000);
  expect(front.asked[0]).toBe(first!);
  expect(front.orders).toEqual([
    { name: "shop.example", replaces: null },
    { name: "shop.example", replaces: first },
  ]);
}, 60_000);

test("an authority that does not want to hear what is replaced gets an order without it", async () => {
  await using scene = await Scene.open();
  const https = freePort();
  const pebble = await startPebble(scene, { httpPort: freePort(), tlsPort: https, lifetime: 12 });
  await using front = new AuthorityFront(pebble);
  front.renewal = () => ({});
  front.refuse = ({ replaces }) =>
    replaces === null
      ? null
      : Response.json({ type: "urn:ietf:params:acme:error:alreadyReplaced", detail: "no" }, { status: 409 });
  const site = { front, storage: scene.path("acme"), ca: pebble.ca, https };
  await using program = await RunningProgram.start(yaml(site, ["shop.example"]), ["--workers", "1"]);
  await program.until("certificate_obtained", 2, 30_000);
  await eventually(() => front.orders.length >= 3, "the third order");
  expect(front.orders.slice(0, 3).map(({ replaces }) => replaces !== null)).toEqual([false, true, false]);
  expect(program.count("certificate_advice_fails")).toBeGreaterThan(0);
  expect(program.count("certificate_not_obtained")).toBe(0);
}, 60_000);

test("limits are kept to after a restart, for the account as for a name, and what is there is served on", async () => {
  await using scene = await Scene.open();
  const https = freePort();
  const pebble = await startPebble(scene, { httpPort: freePort(), tlsPort: https });
  await using front = new AuthorityFront(pebble);
  const limited = { type: "urn:ietf:params:acme:error:rateLimited", detail: "too many certificates" };
  front.refuse = ({ name }) =>
    name === "a.shop.example"
      ? null
      : Response.json(limited, { status: 429, headers: { "retry-after": "3600", "replay-nonce": "none" } });
  const site = { front, storage: scene.path("acme"), ca: pebble.ca, https };
  const names = ["a.shop.example", "b.shop.example", "c.shop.example", "d.shop.example"];
  await using program = await RunningProgram.start(yaml(site, names), ["--workers", "1"]);
  await program.until("certificate_not_obtained", 2, 20_000);
  await program.until("certificate_obtained", 1, 20_000);
  const asked = front.orders.length;
  expect(front.orders.filter(({ name }) => name !== "a.shop.example")).toHaveLength(2);
  const failed = program.lines.filter(({ event }) => event === "certificate_not_obtained");
  for (const { retry_in_ms: ms } of failed) expect(Number(ms)).toBeGreaterThanOrEqual(3_600_000);
  program.signal("SIGTERM");
  await program.exited;
  await program.launch(["--workers", "1"]);
  await program.until("certificate_held", 3, 20_000);
  expect(front.orders).toHaveLength(asked);
  using client = await TlsClient.connect({
    port: https,
    servername: "a.shop.example",
    ca: await pebble.root(),
  });
  expect(client.error).toBeNull();
}, 60_000);
