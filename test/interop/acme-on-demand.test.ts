/** Certificates that are obtained once somebody asks: Pebble issues them, and somebody says for which names. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { RunningProgram } from "../supervisor/running-program.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { TlsClient } from "../support/tls-client.ts";
import { Scene } from "./scene.ts";
import { startPebble } from "./servers/pebble.ts";

test("a name that is allowed is refused at first and served soon after, also after a restart; others never", async () => {
  await using scene = await Scene.open();
  const https = freePort();
  const pebble = await startPebble(scene, { httpPort: freePort(), tlsPort: https });
  const asked: string[] = [];
  await using asks = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch({ url }) {
      const name = new URL(url).searchParams.get("domain") ?? "";
      asked.push(name);
      return new Response(null, { status: name === "a.customers.example" ? 200 : 404 });
    },
  });
  const storage = scene.path("acme");
  await using program = await RunningProgram.start(
    `
settings:
  acme:
    storage: ${storage}
    directory: "${pebble.directory}"
    ca: ${pebble.ca}
    challenge: tls-alpn-01
    on_demand: { hosts: "*.customers.example", ask: "http://127.0.0.1:${asks.port}/" }
listeners:
  web: { address: "127.0.0.1:${https}", tls: { on_demand: on } }
routes:
  - { listen: web, path: /, respond: { body: secure } }
`,
    ["--workers", "2", "--admin", "127.0.0.1:0"],
  );
  const ca = await pebble.root();
  const error = async (servername: string) => {
    using client = await TlsClient.connect({ port: https, servername, ca });
    return client.error;
  };
  for (const name of ["a.customers.example", "b.customers.example", "evil.example"]) {
    expect(await error(name)).toContain("UNRECOGNIZED_NAME");
  }
  await program.until("certificate_obtained", 1, 20_000);
  for (let times = 0; times < 8; times++) expect(await error("a.customers.example")).toBeNull();
  for (const name of ["b.customers.example", "evil.example"]) expect(await error(name)).not.toBeNull();
  await program.until("certificates_not_allowed");
  expect(asked.toSorted()).toEqual(["a.customers.example", "b.customers.example"]);
  const metrics = await fetch(`http://${program.last("ready")["admin"]}/metrics`);
  expect(await metrics.text()).toContain('portward_certificate_orders_total{result="obtained"} 1');
  program.signal("SIGTERM");
  await program.exited;
  await program.launch(["--workers", "2"]);
  for (let times = 0; times < 4; times++) expect(await error("a.customers.example")).toBeNull();
  expect(program.count("certificate_ordered")).toBe(1);
  const home = join(storage, readdirSync(storage)[0]!);
  expect(readdirSync(join(home, "certificates"))).toEqual(["a.customers.example.pem"]);
  await eventually(
    () => !existsSync(join(home, "wishes")) || readdirSync(join(home, "wishes")).length === 0,
    "all wishes to be taken",
  );
}, 60_000);
