/** `portward cert` against a real authority: another one before its time, and one that is revoked. */
import { expect, test } from "bun:test";
import type { CertificatesView } from "../../src/admin/views.ts";
import { PORTWARD, runToEnd } from "../cli/support.ts";
import { RunningProgram } from "../supervisor/running-program.ts";
import { freePort } from "../support/free-port.ts";
import { Scene } from "./scene.ts";
import { startPebble } from "./servers/pebble.ts";

test("renew and revoke do what they say, and the authority agrees", async () => {
  await using scene = await Scene.open();
  const [http, https] = [freePort(), freePort()];
  const pebble = await startPebble(scene, { httpPort: http });
  const yaml = `
settings: { acme: { storage: "${scene.path("acme")}", directory: "${pebble.directory}", ca: ${pebble.ca} } }
listeners:
  web: { address: "127.0.0.1:${https}", tls: { acme: [shop.example], https_only: { redirect_from: ${http} } } }
routes:
  - { listen: web, path: /, respond: { body: secure } }
`;
  await using program = await RunningProgram.start(yaml, ["--workers", "1", "--admin", "127.0.0.1:0"]);
  await program.until("certificate_obtained", 1, 30_000);
  const admin = String(program.last("ready")["admin"]);
  const cert = (...words: string[]) => runToEnd([PORTWARD, "cert", ...words, "--admin", admin]);
  const serial = async () => {
    const { out } = await cert("list", "--live", "--json");
    return (JSON.parse(out) as CertificatesView).certificates[0]!.serial!;
  };
  const first = await serial();
  const renewed = await cert("renew", "shop.example");
  expect([renewed.code, renewed.err]).toEqual([0, ""]);
  const second = await serial();
  expect(second).not.toBe(first);
  expect((await pebble.statusOf(second)).Status).toBe("Valid");
  const revoked = await cert("revoke", "shop.example", "--yes", "--reason", "key_compromise");
  expect([revoked.code, revoked.err]).toEqual([0, ""]);
  expect(await pebble.statusOf(second)).toMatchObject({ Status: "Revoked", Reason: 1 });
  expect((await pebble.statusOf(await serial())).Status).toBe("Valid");
  expect((await pebble.statusOf(first)).Status).toBe("Valid");
  expect(JSON.stringify(program.lines)).not.toContain("PRIVATE KEY");
}, 90_000);
