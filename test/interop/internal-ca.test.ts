/** `tls: internal` and clients that are not ours: curl, openssl and a browser that has been told to trust the root. */
import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { program } from "./programs.ts";
import { Scene } from "./scene.ts";
import { startPortward } from "./servers/portward.ts";

const YAML = `
settings: { internal_ca: { storage: ca } }
listeners: { web: { address: "127.0.0.1:0", tls: internal } }
routes:
  - { listen: web, host: [shop.example, "*.wild.example", bücher.example], path: /, respond: { headers: { content-type: text/html }, body: "<p id=told>shop</p>" } }
  - { listen: web, path: /, respond: { body: "this machine" } }
`;

test("curl and openssl trust what the root certifies, and nothing without it", async () => {
  await using scene = await Scene.open();
  const port = (await startPortward(scene, YAML, "--workers=2")).port("web");
  const root = scene.path("ca/root.crt");
  const fetched = (host: string, ...more: string[]) =>
    scene.run([
      program("curl"),
      "-sS",
      "--resolve",
      `${host}:${port}:127.0.0.1`,
      ...more,
      `https://${host}:${port}/`,
    ]);
  for (const host of ["shop.example", "a.wild.example", "xn--bcher-kva.example"]) {
    expect(await fetched(host, "--cacert", root)).toContain("shop");
  }
  for (const host of ["localhost", "127.0.0.1"])
    expect(await fetched(host, "--cacert", root)).toBe("this machine");
  await expect(fetched("shop.example")).rejects.toThrow("certificate");
  const seen = await scene.run([
    "sh",
    "-c",
    `${program("openssl")} s_client -connect 127.0.0.1:${port} -servername shop.example -CAfile ${root} -verify_return_error -verify_hostname shop.example -x509_strict </dev/null 2>&1`,
  ]);
  expect(seen).toContain("Verification: OK");
  expect(seen).toContain("Verified peername: shop.example");
}, 60_000);

test("Chromium shows the page, without any exception made for it", async () => {
  await using scene = await Scene.open();
  const port = (await startPortward(scene, YAML, "--workers=1")).port("web");
  const store = `sql:${scene.path("home/.pki/nssdb")}`;
  mkdirSync(scene.path("home/.pki/nssdb"), { recursive: true });
  await scene.run([program("certutil"), "-d", store, "-N", "--empty-password"]);
  const load = () =>
    scene.run([
      "env",
      `HOME=${scene.path("home")}`,
      program("chromium"),
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      `--user-data-dir=${scene.path("profile")}`,
      "--host-resolver-rules=MAP shop.example 127.0.0.1",
      "--virtual-time-budget=15000",
      "--dump-dom",
      `https://shop.example:${port}/`,
    ]);
  expect(await load()).not.toContain("told");
  await scene.run([
    program("certutil"),
    "-d",
    store,
    "-A",
    "-t",
    "C,,",
    "-n",
    "portward-local",
    "-i",
    scene.path("ca/root.crt"),
  ]);
  expect(await load()).toContain('<p id="told">shop</p>');
}, 100_000);
