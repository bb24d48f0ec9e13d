/** An authority that asks by a handshake (TLS-ALPN-01): whom it disturbs, and what nobody gets out of it. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { challengeCertificate } from "../../src/acme/challenge-certificate.ts";
import { certificatePath } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { TlsClient } from "../support/tls-client.ts";

const NAME = "shop.example";
const ANSWER = "token.thumbprint";
const TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJyPCt92wr";

class Site implements Disposable {
  readonly storage = mkdtempSync(join(tmpdir(), "portward-acme-"));
  readonly challenges = join(this.storage, "ca.example-dir", "challenges");

  constructor() {
    mkdirSync(this.challenges, { recursive: true });
  }

  async open(name = NAME): Promise<void> {
    writeFileSync(join(this.challenges, name), await challengeCertificate(name, ANSWER, Date.now()));
  }

  yaml(routes: string): string {
    return `
settings: { acme: { storage: ${this.storage}, directory: "https://ca.example/dir", challenge: tls-alpn-01 } }
listeners:
  web:
    address: "127.0.0.1:0"
    tls: { certificates: [{ cert: ${certificatePath("shop-chain.crt")}, key: ${certificatePath("shop.key")} }] }
routes:
  - { listen: web, path: /, respond: { body: here } }
${routes}`;
  }

  [Symbol.dispose](): void {
    rmSync(this.storage, { recursive: true, force: true });
  }
}

function ask(proxy: TestProxy, servername = NAME, ALPNProtocols = ["acme-tls/1"]): Promise<TlsClient> {
  return TlsClient.connect({ port: proxy.port(), servername, ALPNProtocols, rejectUnauthorized: false });
}

/** OID 1.3.6.1.5.5.7.1.31, critical, an octet string of 32 in an octet string. */
const ACME_IDENTIFIER = Buffer.from("06082b0601050507011f0101ff04220420", "hex");
const EXTENSION = Buffer.concat([ACME_IDENTIFIER, createHash("sha256").update(ANSWER).digest()]);

/** Whether a client is shown the answer to the challenge. */
function isAnswered({ certificate }: TlsClient): boolean {
  return certificate?.includes(EXTENSION) ?? false;
}

test("the authority sees the challenge's certificate and nothing else; the connection ends there", async () => {
  using site = new Site();
  await site.open();
  await using proxy = await startTestProxy(site.yaml(""));
  using authority = await ask(proxy);
  expect([authority.error, authority.alpn]).toEqual([null, "acme-tls/1"]);
  expect(isAnswered(authority)).toBe(true);
  authority.socket.write("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");
  await eventually(() => authority.closed, "the end");
  expect(authority.received).toBe("");
});

test("clients that offer something else, or ask for another name, are served as ever", async () => {
  using site = new Site();
  await site.open();
  await using proxy = await startTestProxy(site.yaml(""));
  for (const [name, protocols] of [
    [NAME, ["http/1.1"]],
    [NAME, ["acme-tls/1", "http/1.1"]],
    ["www.shop.example", ["http/1.1"]],
  ] as const) {
    using client = await ask(proxy, name, [...protocols]);
    expect([client.error, isAnswered(client)]).toEqual([null, false]);
    expect(await client.ask("GET / HTTP/1.1", "Host: shop.example")).toEndWith("here");
  }
});

test("a question that nobody asks is not answered: closed, unknown, or a way out of the directory", async () => {
  using site = new Site();
  await site.open();
  writeFileSync(join(site.challenges, TOKEN), `${TOKEN}.thumb`);
  writeFileSync(join(site.challenges, "half.example"), "-----BEGIN CERTIFICATE-----");
  await using proxy = await startTestProxy(site.yaml(""));
  for (const name of ["www.shop.example", "half.example", TOKEN, `..%2fchallenges%2f${NAME}`, "..", "a..b"]) {
    using client = await ask(proxy, name);
    expect(isAnswered(client)).toBe(false);
  }
  rmSync(join(site.challenges, NAME));
  using late = await ask(proxy);
  expect(isAnswered(late)).toBe(false);
});

test("a target that TLS is passed on to answers for itself, unless we are the ones who asked", async () => {
  using site = new Site();
  let offered: string | null = null;
  using target = Bun.listen({
    port: 0,
    hostname: "127.0.0.1",
    socket: {
      data(socket, chunk) {
        offered = chunk.toString("latin1");
        socket.end();
      },
    },
  });
  const route = `  - { kind: tls, listen: web, host: ${NAME}, targets: ["127.0.0.1:${target.port}"] }`;
  await using proxy = await startTestProxy(site.yaml(route));
  using theirs = await ask(proxy);
  await eventually(() => theirs.closed, "the target's answer");
  expect(offered as string | null).toContain("acme-tls/1");
  await site.open();
  using ours = await ask(proxy);
  expect(isAnswered(ours)).toBe(true);
});

test("a key that is shown to the authority cannot be had over HTTP", async () => {
  using site = new Site();
  await site.open();
  await using proxy = await startTestProxy(`
settings: { acme: { storage: ${site.storage}, directory: "https://ca.example/dir" } }
routes:
  - { listen: "127.0.0.1:0", path: /, respond: { status: 404 } }
`);
  const answer = await fetch(`http://127.0.0.1:${proxy.port()}/.well-known/acme-challenge/${NAME}`);
  expect(answer.status).toBe(404);
});
