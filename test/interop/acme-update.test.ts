/** The program of docs/tls.md for zones that take dynamic updates, as it stands there, with BIND and its nsupdate. */
import { expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { RunningProgram } from "../supervisor/running-program.ts";
import { freePort } from "../support/free-port.ts";
import { program } from "./programs.ts";
import { Scene } from "./scene.ts";
import { startPebble } from "./servers/pebble.ts";

const KEY = `key "update" { algorithm hmac-sha256; secret "${Buffer.alloc(32, 7).toString("base64")}"; };`;

async function startBind(scene: Scene, port: number): Promise<void> {
  writeFileSync(
    scene.path("shop.zone"),
    `$TTL 60
@ IN SOA ns.shop.example. ops.shop.example. 1 60 60 60 60
@ IN NS ns.shop.example.
ns IN A 127.0.0.1
`,
  );
  writeFileSync(
    scene.path("named.conf"),
    `${KEY}
controls {};
options {
  directory "${scene.path(".")}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  pid-file none;
  session-keyfile none;
  managed-keys-directory "${scene.path(".")}";
};
zone "shop.example" { type primary; file "shop.zone"; update-policy { grant update zonesub TXT; }; };
`,
  );
  await scene.startOn(port, "named", [program("named"), "-g", "-c", scene.path("named.conf")]);
}

/** As the page has it, but for the server and the file of the key. */
function documentedHook(scene: Scene, port: number): string {
  const page = readFileSync(`${import.meta.dir}/../../docs/tls.md`, "utf8");
  const script = /```sh\n(#!\/bin\/sh\ncase[^`]*nsupdate[^`]*)```/.exec(page)![1]!;
  const [path, key] = [scene.path("update"), scene.path("update.key")];
  writeFileSync(key, `${KEY}\n`);
  writeFileSync(
    path,
    script
      .replace("server 10.0.0.53\\n", `server 127.0.0.1 ${port}\\n`)
      .replace("/etc/portward/update.key", key),
  );
  chmodSync(path, 0o755);
  return path;
}

test("a zone that takes dynamic updates shows a wildcard to be ours, and is as it was afterwards", async () => {
  await using scene = await Scene.open();
  const [dns, https] = [freePort(), freePort()];
  await startBind(scene, dns);
  const pebble = await startPebble(scene, { httpPort: freePort(), nameServer: `127.0.0.1:${dns}` });
  const hook = documentedHook(scene, dns);
  await using proxy = await RunningProgram.start(`
settings:
  acme:
    storage: ${scene.path("acme")}
    directory: "${pebble.directory}"
    ca: ${pebble.ca}
    dns: { exec: ${hook}, servers: ["127.0.0.1:${dns}"] }
listeners:
  web: { address: "127.0.0.1:${https}", tls: { acme: ["*.shop.example"] } }
routes:
  - { listen: web, path: /, respond: { body: secure } }
`);
  await proxy.until("certificate_obtained", 1, 20_000);
  expect(proxy.count("certificate_not_obtained")).toBe(0);
  const { promises: resolver } = await import("node:dns");
  const asked = new resolver.Resolver();
  asked.setServers([`127.0.0.1:${dns}`]);
  const left = await asked
    .resolveTxt("_acme-challenge.shop.example")
    .catch(({ code }: NodeJS.ErrnoException) => code);
  expect(left).toMatch(/ENOTFOUND|ENODATA/);
}, 60_000);
