/** TLS on HTTP listeners: certificates by name, what upstreams are told, and everything that is refused. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import net from "node:net";
import tls from "node:tls";
import { metricsPage } from "../../src/runtime/start.ts";
import { Shown } from "../metrics/shown.ts";
import { certificatePath, pem } from "../support/certificates.ts";
import { helloMessage, helloRecords } from "../support/client-hello.ts";
import { type Echo, EchoUpstream } from "../support/echo-upstream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { freePort } from "../support/free-port.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";
import { TlsClient, tlsGet } from "../support/tls-client.ts";

let upstream: EchoUpstream;
beforeAll(async () => {
  upstream = await EchoUpstream.start("a");
});
afterAll(() => upstream[Symbol.asyncDispose]());

const SHOP = certificate("shop-chain", "shop");
const SHOP_RSA = certificate("shop-rsa-chain", "shop-rsa");
const OTHER = certificate("other", "other");

/** @param tls YAML in flow style, without its braces */
function secureProxy(tls: string, settings = "{}", environment = {}) {
  const yaml = `
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0", tls: { ${tls} } } }
routes: [ { listen: web, path: /, targets: ["${upstream.target}"] } ]
`;
  return startTestProxy(yaml, environment);
}

test("a request over TLS reaches the upstream, which is told so", async () => {
  await using proxy = await secureProxy(`certificates: [ ${SHOP} ]`);
  const { status, body } = await tlsGet({ port: proxy.port() }, "shop.example", "X-Forwarded-Proto: http");
  expect(status).toBe(200);
  const field = fieldsOf(body);
  expect(field["x-forwarded-proto"]).toBe("https");
  expect(field["x-forwarded-for"]).toBe("127.0.0.1");
  expect(await proxy.record(0)).toMatchObject({
    kind: "http",
    status: 200,
    host: "shop.example",
    error: null,
  });
});

test("many requests on one connection, and many connections at once", async () => {
  await using proxy = await secureProxy(`certificates: [ ${SHOP} ]`);
  using client = await TlsClient.connect({ port: proxy.port() });
  for (let i = 0; i < 20; i++) {
    expect(await client.ask(`GET /${i} HTTP/1.1`, "Host: shop.example")).toContain(`"target":"/${i}"`);
  }
  const all = await Promise.all(Array.from({ length: 40 }, () => tlsGet({ port: proxy.port() })));
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
  client.socket.destroy();
  await proxy.quiet();
});

test("handshakes are counted, done and failed", async () => {
  await using proxy = await secureProxy(`certificates: [ ${SHOP} ], unknown_name: refuse`);
  for (let i = 0; i < 3; i++) expect((await tlsGet({ port: proxy.port() })).status).toBe(200);
  expect((await tlsGet({ port: proxy.port(), servername: "unheard.example" })).error).not.toBeNull();
  await proxy.record(3);
  const shown = new Shown(metricsPage(proxy.running.counted(), null));
  expect(shown.value("portward_tls_handshakes_total", { listener: "web", result: "done" })).toBe(3);
  expect(shown.value("portward_tls_handshakes_total", { listener: "web", result: "failed" })).toBe(1);
  expect(shown.sum("portward_request_errors_total", { error: "tls.unknown_name" })).toBe(1);
});

describe("the certificate", () => {
  const all = `certificates: [ ${SHOP}, ${SHOP_RSA}, ${OTHER} ]`;

  test("is chosen by the name, and for clients without ECDSA it is the RSA one", async () => {
    await using proxy = await secureProxy(all);
    const shown = async (servername: string, sigalgs?: string) => {
      const options = { port: proxy.port(), servername, rejectUnauthorized: false };
      using client = await TlsClient.connect(sigalgs === undefined ? options : { ...options, sigalgs });
      const { subject, asn1Curve } = client.socket.getPeerCertificate();
      return `${subject.CN} ${asn1Curve === undefined ? "RSA" : "ECDSA"}`;
    };
    expect(await shown("shop.example")).toBe("shop.example ECDSA");
    expect(await shown("api.shop.example")).toBe("shop.example ECDSA");
    expect(await shown("shop.example", "rsa_pss_rsae_sha256")).toBe("shop.example RSA");
    expect(await shown("other.example")).toBe("other.example ECDSA");
    expect(await shown("unheard.example")).toBe("shop.example ECDSA");
    expect(await shown("")).toBe("shop.example ECDSA");
  });

  test("comes with those between it and its root, in order, whatever the file's order", async () => {
    const reversed = `{ cert: "${await fileOf(pem("intermediate.crt") + pem("shop.crt"))}", key: "${certificatePath("shop.key")}" }`;
    await using proxy = await secureProxy(`certificates: [ ${reversed} ]`);
    expect((await tlsGet({ port: proxy.port() })).status).toBe(200);
  });

  test("may have an encrypted key", async () => {
    const encrypted = `{ cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop-encrypted.key")}", passphrase: correct }`;
    await using proxy = await secureProxy(`certificates: [ ${encrypted} ]`);
    expect((await tlsGet({ port: proxy.port() })).status).toBe(200);
  });

  test("is not shown for another name when those are refused", async () => {
    await using proxy = await secureProxy(`${all}, unknown_name: refuse`);
    expect((await tlsGet({ port: proxy.port() })).status).toBe(200);
    const { error } = await tlsGet({ port: proxy.port(), servername: "unheard.example" });
    expect(error).toContain("UNRECOGNIZED_NAME");
    expect(await proxy.record(1)).toMatchObject({
      host: "unheard.example",
      error: { code: "tls.unknown_name" },
    });
    expect((await tlsGet({ port: proxy.port(), servername: "" })).error).toContain("UNRECOGNIZED_NAME");
  });
});

describe("a host", () => {
  test("that the certificate is not good for is misdirected, one that it is good for is not", async () => {
    await using proxy = await secureProxy(`certificates: [ ${SHOP}, ${OTHER} ]`);
    const options = { port: proxy.port() };
    expect((await tlsGet(options, "api.shop.example")).status).toBe(200);
    expect((await tlsGet(options, "other.example")).status).toBe(421);
    expect((await tlsGet(options, "SHOP.example:443")).status).toBe(200);
    expect(
      (await tlsGet({ ...options, servername: "", rejectUnauthorized: false }, "other.example")).status,
    ).toBe(200);
  });
});

describe("versions", () => {
  test("the modern profile is TLS 1.3 alone", async () => {
    await using proxy = await secureProxy(`certificates: [ ${SHOP} ], profile: modern`);
    expect((await tlsGet({ port: proxy.port() })).status).toBe(200);
    const { error } = await tlsGet({ port: proxy.port(), maxVersion: "TLSv1.2" });
    expect(error).toContain("PROTOCOL_VERSION");
    expect(await proxy.record(1)).toMatchObject({
      error: { code: "tls.handshake", cause: "UNSUPPORTED_PROTOCOL" },
    });
  });

  test("the intermediate profile takes TLS 1.2 with sound ciphers, and nothing below", async () => {
    await using proxy = await secureProxy(`certificates: [ ${SHOP} ]`);
    expect((await tlsGet({ port: proxy.port(), maxVersion: "TLSv1.2" })).status).toBe(200);
    const cbc = { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA" } as const;
    expect((await tlsGet({ port: proxy.port(), ...cbc })).error).toContain("HANDSHAKE_FAILURE");
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1" } as const;
    expect((await tlsGet({ port: proxy.port(), ...old })).error).toContain("PROTOCOL_VERSION");
  });

  test("a session is resumed", async () => {
    await using proxy = await secureProxy(`certificates: [ ${SHOP} ]`);
    using first = await TlsClient.connect({ port: proxy.port() });
    await first.ask("GET / HTTP/1.1", "Host: shop.example");
    using second = await TlsClient.connect({ port: proxy.port(), session: first.session! });
    expect(second.socket.isSessionReused()).toBe(true);
    expect(await second.ask("GET / HTTP/1.1", "Host: shop.example")).toContain("200 OK");
  });
});

describe("what is no TLS", () => {
  test("is told so in its own words when it is HTTP", async () => {
    await using proxy = await secureProxy(`certificates: [ ${SHOP} ]`);
    using peer = await RawPeer.connect(proxy.port());
    peer.send("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");
    await peer.untilEnd();
    expect(peer.received).toStartWith("HTTP/1.1 400 Bad Request\r\n");
    expect(peer.received).toEndWith('{"detail":"this port speaks TLS: use https://","code":"tls.not_tls"}');
    expect((await proxy.record(0)).error!.code).toBe("tls.not_tls");
  });

  test("is closed when it is anything else, and leaves nothing behind", async () => {
    await using proxy = await secureProxy(`certificates: [ ${SHOP} ]`);
    const cases: readonly (readonly [Buffer, string, string | null])[] = [
      [Buffer.from("SSH-2.0-x\r\n"), "tls.not_tls", null],
      [Buffer.from("160301ffff0100", "hex"), "tls.client_hello", "tooLarge"],
      [Buffer.from("160301000401ffffff", "hex"), "tls.client_hello", "tooLarge"],
      [Buffer.from("160301000402000000", "hex"), "tls.client_hello", "malformed"],
      [helloRecords(helloMessage({ suites: [0x0005] })), "tls.handshake", null],
    ];
    for (const [index, [bytes, code, rule]] of cases.entries()) {
      using peer = await RawPeer.connect(proxy.port());
      peer.socket.write(bytes);
      await peer.untilEnd();
      const { error } = await proxy.record(index);
      expect([error!.code, error!.rule]).toEqual([code as never, rule]);
    }
    await proxy.quiet();
  });
});

describe("a handshake", () => {
  test("that stands still is ended in time; one that never began is no failure", async () => {
    const clock = new FakeClock();
    const { timers } = clock;
    await using proxy = await secureProxy(`certificates: [ ${SHOP} ]`, "{ timeouts: { handshake: 5s } }", {
      timers,
    });
    using silent = await RawPeer.connect(proxy.port());
    using half = await RawPeer.connect(proxy.port());
    half.socket.write(helloRecords(helloMessage()).subarray(0, 50));
    using whole = await RawPeer.connect(proxy.port());
    whole.socket.write(await firstFlight());
    await whole.until(/./s);
    clock.advance(5_100);
    await Promise.all([silent.untilEnd(), half.untilEnd(), whole.untilEnd()]);
    expect(proxy.records.map(({ error }) => error?.code)).toEqual([
      "tls.handshake_timeout",
      "tls.handshake_timeout",
    ]);
    await proxy.quiet();
  });

  test("that is one too many for its source is closed; a second later the next may begin", async () => {
    const clock = new FakeClock();
    const { timers } = clock;
    await using proxy = await secureProxy(`certificates: [ ${SHOP} ], handshakes: 2`, "{}", { timers });
    const outcomes: number[] = [];
    for (let i = 0; i < 6; i++) outcomes.push((await tlsGet({ port: proxy.port() })).status);
    expect(outcomes).toEqual([200, 200, 200, 200, 0, 0]);
    expect(proxy.failures.slice(0, 2)).toEqual(["limit.handshakes", "limit.handshakes"]);
    clock.advance(500);
    expect((await tlsGet({ port: proxy.port() })).status).toBe(200);
  });
});

describe("a client's certificate", () => {
  const asked = (mode: string) =>
    `certificates: [ ${SHOP} ], client_auth: ${mode}, client_ca: "${certificatePath("root.crt")}", client_crl: "${certificatePath("root.crl")}"`;
  const shows = (name: string) => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });
  const claims = ["Client-Cert: :AAAA:", "X-Client-Cert-Subject: CN=boss", "x_client_cert_san: DNS:boss"];

  test("is passed on in fields that the client cannot make up", async () => {
    await using proxy = await secureProxy(asked("request"));
    const own = await tlsGet({ port: proxy.port(), ...shows("client") }, "shop.example", ...claims);
    const fields = fieldsOf(own.body);
    expect(fields["x-client-cert-subject"]).toBe("CN=jo,O=Portward tests");
    expect(fields["x-client-cert-san"]).toBe("DNS:jo.clients.example, email:jo@example.org");
    expect(fields["client-cert"]).toMatch(/^:MII[A-Za-z0-9+/=]+:$/);
    expect(own.body).not.toContain("boss");
    const none = await tlsGet({ port: proxy.port() }, "shop.example", ...claims);
    expect(none.status).toBe(200);
    expect(none.body).not.toMatch(/cert/i);
  });

  test("that is needed must be there, of the right CA, and not revoked", async () => {
    await using proxy = await secureProxy(asked("require"));
    expect((await tlsGet({ port: proxy.port(), ...shows("client") })).status).toBe(200);
    for (const options of [{}, shows("client-stranger"), shows("revoked")]) {
      expect((await tlsGet({ port: proxy.port(), ...options })).status).toBe(0);
    }
    await proxy.record(3);
    const causes = proxy.records.slice(1).map(({ error }) => `${error!.code} ${error!.cause}`);
    expect(causes).toEqual([
      "tls.client_certificate PEER_DID_NOT_RETURN_A_CERTIFICATE",
      "tls.client_certificate UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "tls.client_certificate CERT_REVOKED",
    ]);
  });

  test("may decide the route", async () => {
    const yaml = `
listeners: { web: { address: "127.0.0.1:0", tls: { ${asked("request")} } } }
routes:
  - { listen: web, path: /, headers: { x-client-cert-san: { regex: 'DNS:jo\\.clients\\.example' } }, respond: { body: jo } }
  - { listen: web, path: /, respond: { body: anybody } }
`;
    await using proxy = await startTestProxy(yaml);
    expect((await tlsGet({ port: proxy.port(), ...shows("client") })).body).toBe("jo");
    const claim = "X-Client-Cert-San: DNS:jo.clients.example";
    expect((await tlsGet({ port: proxy.port() }, "shop.example", claim)).body).toBe("anybody");
  });
});

describe("https_only", () => {
  test("adds Strict-Transport-Security to every answer, and leaves an upstream's own alone", async () => {
    const yaml = `
listeners:
  web: { address: "127.0.0.1:0", tls: { certificates: [ ${SHOP} ], https_only: { max_age: 24h, subdomains: on, redirect_from: 1 } } }
routes:
  - { listen: web, path: /own, respond: { headers: { Strict-Transport-Security: max-age=5 } } }
  - { listen: web, path: /here, respond: { body: x } }
`;
    await using proxy = await startTestProxy(
      yaml.replace("redirect_from: 1", `redirect_from: ${freePort()}`),
    );
    using client = await TlsClient.connect({ port: proxy.port("web") });
    const ask = (path: string) => client.ask(`GET ${path} HTTP/1.1`, "Host: shop.example");
    expect(await ask("/here")).toContain(
      "\r\nStrict-Transport-Security: max-age=86400; includeSubDomains\r\n",
    );
    expect(await ask("/missing")).toContain(
      "\r\nStrict-Transport-Security: max-age=86400; includeSubDomains\r\n",
    );
    const own = await ask("/own");
    expect(own).toContain("\r\nstrict-transport-security: max-age=5\r\n");
    expect(own).not.toContain("86400");
  });

  test("redirects requests in the clear, and leaves room for routes there", async () => {
    const [secure, plain] = [freePort(), freePort()];
    const yaml = `
listeners:
  web: { address: "127.0.0.1:${secure}", tls: { certificates: [ ${SHOP} ], https_only: { redirect_from: ${plain} } } }
routes:
  - { listen: web, path: /, respond: { body: x } }
  - { listen: "127.0.0.1:${plain}", path: /.well-known, respond: { body: here } }
`;
    await using _proxy = await startTestProxy(yaml);
    const answer = await fetch(`http://127.0.0.1:${plain}/a?b=c`, {
      redirect: "manual",
      headers: { host: "shop.example" },
    });
    expect([answer.status, answer.headers.get("location")]).toEqual([
      308,
      `https://shop.example:${secure}/a?b=c`,
    ]);
    expect(answer.headers.get("strict-transport-security")).toBeNull();
    expect(await (await fetch(`http://127.0.0.1:${plain}/.well-known/x`)).text()).toBe("here");
  });
});

function certificate(cert: string, key: string): string {
  return `{ cert: "${certificatePath(`${cert}.crt`)}", key: "${certificatePath(`${key}.key`)}" }`;
}

/** By name; what the upstream got. */
function fieldsOf(body: string): Record<string, string> {
  return Object.fromEntries((JSON.parse(body) as Echo).fields);
}

async function fileOf(text: string): Promise<string> {
  const path = `${process.env["TMPDIR"] ?? "/tmp"}/portward-${crypto.randomUUID()}.pem`;
  await Bun.write(path, text);
  return path;
}

/** What a client sends before it is answered. */
async function firstFlight(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const server = net.createServer((socket) => socket.once("data", resolve).on("error", () => {}));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ host: "127.0.0.1", port, servername: "shop.example" }).on("error", () => {});
  const bytes = await promise;
  client.destroy();
  server.close();
  return bytes;
}
