/** Certificates for names that are shown to be ours by DNS: wildcards, a program and a webhook, and what is left behind. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { RunningProgram } from "../supervisor/running-program.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { TlsClient } from "../support/tls-client.ts";
import { Scene } from "./scene.ts";
import { dnsHook } from "./servers/dns-hook.ts";
import { type Pebble, startPebble } from "./servers/pebble.ts";

interface Site {
  readonly pebble: Pebble;
  readonly storage: string;
  readonly https: number;
}

function yaml({ pebble, storage, https }: Site, acme: string, names: readonly string[]): string {
  return `
settings:
  acme: { storage: ${storage}, directory: "${pebble.directory}", ca: ${pebble.ca}, ${acme} }
listeners:
  web: { address: "127.0.0.1:${https}", tls: { acme: ${JSON.stringify(names)} } }
routes:
  - { listen: web, path: /, respond: { body: secure } }
`;
}

async function names(port: number, servername: string, ca: string): Promise<string | null> {
  using client = await TlsClient.connect({ port, servername, ca });
  return client.error ?? client.socket.getPeerCertificate().subjectaltname ?? null;
}

async function serves(port: number, name: string, expected: string, pebble: Pebble): Promise<void> {
  const root = await pebble.root();
  const end = performance.now() + 30_000;
  while ((await names(port, name, root)) !== expected) {
    if (performance.now() > end) throw new Error(`${name} is not served`);
  }
}

test("a program shows a wildcard and its domain to be ours, and takes its records away", async () => {
  await using scene = await Scene.open();
  const https = freePort();
  const pebble = await startPebble(scene, { httpPort: freePort(), delay: 1 });
  const hook = dnsHook(scene, pebble);
  const acme = `challenge: dns-01, dns: { exec: ${hook.path}, servers: ["${pebble.names}"] }`;
  const site = { pebble, storage: scene.path("acme"), https };
  await using proxy = await RunningProgram.start(yaml(site, acme, ["shop.example", "*.shop.example"]));
  await proxy.until("certificate_obtained", 2, 30_000);
  const each = ["present _acme-challenge.shop.example.", "cleanup _acme-challenge.shop.example."];
  expect(hook.calls()).toEqual([...each, ...each]);
  await serves(https, "api.shop.example", "DNS:*.shop.example", pebble);
  await serves(https, "shop.example", "DNS:shop.example", pebble);
  expect(proxy.count("certificate_not_obtained")).toBe(0);
}, 60_000);

test("a webhook does the same for wildcards while other names are asked for otherwise", async () => {
  await using scene = await Scene.open();
  const https = freePort();
  const pebble = await startPebble(scene, { httpPort: freePort(), tlsPort: https });
  const calls: string[] = [];
  await using webhook = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const action = new URL(request.url).pathname;
      const { fqdn: host, value } = (await request.json()) as { fqdn: string; value: string };
      calls.push(`${action} ${host} ${request.headers.get("authorization")}`);
      const command = action === "/present" ? "set-txt" : "clear-txt";
      return fetch(`${pebble.namesControl}/${command}`, {
        method: "POST",
        body: JSON.stringify({ host, value }),
      });
    },
  });
  const dns = `dns: { webhook: "http://127.0.0.1:${webhook.port}", token: letmein-letmein, wait: 100ms }`;
  const site = { pebble, storage: scene.path("acme"), https };
  const text = yaml(site, `challenge: tls-alpn-01, ${dns}`, ["shop.example", "*.shop.example"]);
  await using proxy = await RunningProgram.start(text);
  await proxy.until("certificate_obtained", 2, 30_000);
  expect(calls).toEqual([
    "/present _acme-challenge.shop.example. Bearer letmein-letmein",
    "/cleanup _acme-challenge.shop.example. Bearer letmein-letmein",
  ]);
  expect(JSON.stringify(proxy.lines)).not.toContain("letmein");
  await serves(https, "api.shop.example", "DNS:*.shop.example", pebble);
}, 60_000);

test("a program that fails is told with what it said, and a record of one that was killed is taken away", async () => {
  await using scene = await Scene.open();
  const pebble = await startPebble(scene, { httpPort: freePort() });
  const gate = scene.path("gate");
  const hook = dnsHook(scene, pebble, `[ -e ${gate} ] || { echo "no access with $API_TOKEN" >&2; exit 1; }`);
  const acme = `challenge: dns-01, dns: { exec: ${hook.path}, env: { API_TOKEN: hush-hush }, servers: ["${pebble.names}"] }`;
  const site = { pebble, storage: scene.path("acme"), https: freePort() };
  await using proxy = await RunningProgram.start(yaml(site, acme, ["shop.example"]), ["--workers", "1"]);
  await proxy.until("certificate_not_obtained");
  const told = JSON.stringify(proxy.lines);
  expect(told).toContain("no access with ***");
  expect(told).not.toContain("hush-hush");
  proxy.signal("SIGKILL");
  await proxy.exited;
  writeFileSync(gate, "");
  await proxy.launch(["--workers", "1"]);
  await proxy.until("certificate_obtained", 1, 30_000);
  await eventually(() => hook.calls().length === 5, "the last call");
  expect(hook.calls().map((call) => call.split(" ")[0])).toEqual([
    "present",
    "cleanup",
    "cleanup",
    "present",
    "cleanup",
  ]);
}, 60_000);
