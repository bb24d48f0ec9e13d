/** What authorities ask, and certificates out of their storage, as clients see them. */
import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pem } from "../support/certificates.ts";
import { startTestProxy } from "../support/test-proxy.ts";
import { TlsClient } from "../support/tls-client.ts";

const TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJyPCt92wr";
const PATH = `/.well-known/acme-challenge/${TOKEN}`;

async function withStorage(run: (storage: string, home: string) => Promise<void>): Promise<void> {
  const storage = mkdtempSync(join(tmpdir(), "portward-acme-"));
  const home = join(storage, "ca.example-dir");
  for (const name of ["challenges", "certificates"]) mkdirSync(join(home, name), { recursive: true });
  try {
    await run(storage, home);
  } finally {
    rmSync(storage, { recursive: true, force: true });
  }
}

function settings(storage: string): string {
  return `settings: { acme: { storage: ${storage}, directory: "https://ca.example/dir" } }`;
}

test("a challenge is answered before any route, and other paths are left to the routes", () =>
  withStorage(async (storage, home) => {
    writeFileSync(join(home, "challenges", TOKEN), `${TOKEN}.thumb`);
    await using proxy = await startTestProxy(`
${settings(storage)}
routes:
  - { listen: "127.0.0.1:0", path: /, redirect: { to: "https://{host}{path}" } }
`);
    const ask = (path: string) => fetch(`http://127.0.0.1:${proxy.port()}${path}`, { redirect: "manual" });
    const answer = await ask(PATH);
    expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
      200,
      "application/octet-stream",
      `${TOKEN}.thumb`,
    ]);
    expect((await ask(`${PATH}x`)).status).toBeGreaterThanOrEqual(300);
    rmSync(join(home, "challenges", TOKEN));
    expect((await ask(PATH)).status).toBeGreaterThanOrEqual(300);
  }));

test("a listener begins without its certificate, and with the one that is stored", () =>
  withStorage(async (storage, home) => {
    const yaml = `
${settings(storage)}
listeners:
  web: { address: "127.0.0.1:0", tls: { acme: [shop.example] } }
routes:
  - { listen: web, path: /, respond: { body: here } }
`;
    await using before = await startTestProxy(yaml);
    using refused = await TlsClient.connect({ port: before.port() });
    expect(refused.error).toContain("UNRECOGNIZED_NAME");
    writeFileSync(
      join(home, "certificates", "shop.example.pem"),
      `${pem("shop-chain.crt")}${pem("shop.key")}`,
    );
    await using after = await startTestProxy(yaml);
    using client = await TlsClient.connect({ port: after.port() });
    expect(client.error).toBeNull();
    expect(await client.ask("GET / HTTP/1.1", "Host: shop.example")).toEndWith("here");
  }));
