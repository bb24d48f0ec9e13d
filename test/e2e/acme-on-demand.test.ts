/** Certificates that are there only once somebody has asked, as clients of a worker see them. */
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificatePath, pem } from "../support/certificates.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { TlsClient } from "../support/tls-client.ts";

class Site implements Disposable {
  readonly storage = mkdtempSync(join(tmpdir(), "portward-acme-"));
  readonly home = join(this.storage, "ca.example-dir");

  yaml(rule: string): string {
    return `
settings: { acme: { storage: ${this.storage}, directory: "https://ca.example/dir", on_demand: ${rule} } }
listeners:
  web:
    address: "127.0.0.1:0"
    tls: { certificates: [{ cert: ${certificatePath("other.crt")}, key: ${certificatePath("other.key")} }], on_demand: on }
routes:
  - { listen: web, path: /, respond: { body: here } }
`;
  }

  /** As whoever obtains certificates would. */
  put(name: string, text = `${pem("shop-chain.crt")}${pem("shop.key")}`): void {
    mkdirSync(join(this.home, "certificates"), { recursive: true });
    writeFileSync(join(this.home, "certificates", `${name}.pem`), text);
  }

  wishes(): string[] {
    const place = join(this.home, "wishes");
    return existsSync(place) ? readdirSync(place).sort() : [];
  }

  [Symbol.dispose](): void {
    rmSync(this.storage, { recursive: true, force: true });
  }
}

/** The names a client is shown, or the alert. */
async function shown(proxy: TestProxy, servername: string): Promise<string> {
  using client = await TlsClient.connect({ port: proxy.port(), servername, rejectUnauthorized: false });
  return client.error ?? client.socket.getPeerCertificate().subjectaltname ?? "";
}

const REFUSED = "ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME";

test("who asks first is refused and the name is wished for; who asks later gets the certificate", async () => {
  using site = new Site();
  await using proxy = await startTestProxy(site.yaml('{ hosts: ["shop.example", "*.shop.example"] }'));
  expect(await shown(proxy, "shop.example")).toBe(REFUSED);
  expect(site.wishes()).toEqual(["shop.example"]);
  site.put("shop.example");
  using client = await TlsClient.connect({ port: proxy.port() });
  expect(client.error).toBeNull();
  expect(await client.ask("GET / HTTP/1.1", "Host: shop.example")).toEndWith("here");
});

test("names that are not allowed are served as they were, and nobody wishes for them", async () => {
  using site = new Site();
  await using proxy = await startTestProxy(site.yaml('{ hosts: ["*.shop.example"] }'));
  for (const name of ["shop.example", "evil.example", "xshop.example"]) {
    expect(await shown(proxy, name)).toContain("other.example");
  }
  expect(await shown(proxy, "other.example")).toContain("other.example");
  expect(site.wishes()).toEqual([]);
});

test("where somebody is asked, every name of a host is wished for, and no other", async () => {
  using site = new Site();
  await using proxy = await startTestProxy(site.yaml('{ ask: "http://127.0.0.1:9/" }'));
  for (const name of ["a.example", "localhost", "a_b.example", "a.example.1"]) await shown(proxy, name);
  expect(site.wishes()).toEqual(["a.example"]);
});

test("what lies there for a name and is not for it, is damaged or has ended is not shown", async () => {
  using site = new Site();
  await using proxy = await startTestProxy(site.yaml('{ ask: "http://127.0.0.1:9/" }'));
  site.put("evil.example");
  site.put("half.example", "-----BEGIN CERTIFICATE-----");
  site.put("shop.example", `${pem("expired.crt")}${pem("expired.key")}`);
  for (const name of ["evil.example", "half.example", "shop.example"]) {
    expect(await shown(proxy, name)).toBe(REFUSED);
  }
  expect(site.wishes()).toEqual(["evil.example", "half.example", "shop.example"]);
});

test("a flood of names costs so many files and no more, and others are served meanwhile", async () => {
  using site = new Site();
  site.put("shop.example");
  await using proxy = await startTestProxy(site.yaml('{ ask: "http://127.0.0.1:9/" }'));
  for (let round = 0; round < 10; round++) {
    const flood = Array.from({ length: 50 }, (_, index) => shown(proxy, `r${round}n${index}.example`));
    using client = await TlsClient.connect({ port: proxy.port() });
    expect(await client.ask("GET / HTTP/1.1", "Host: shop.example")).toEndWith("here");
    expect(new Set(await Promise.all(flood))).toEqual(new Set([REFUSED]));
  }
  expect(site.wishes()).toHaveLength(200);
});
