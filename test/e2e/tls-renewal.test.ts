/** Certificates whose files change while they are served. */
import { expect, test } from "bun:test";
import { mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { metricsPage } from "../../src/runtime/start.ts";
import { Shown } from "../metrics/shown.ts";
import { pem } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { startTestProxy } from "../support/test-proxy.ts";
import { TlsClient } from "../support/tls-client.ts";

test("a renewed certificate is shown from then on, and a connection that exists goes on", async () => {
  await using scene = await start();
  await scene.write("shop", "shop");
  await using proxy = await scene.proxy();
  using old = await TlsClient.connect({ port: proxy.port() });
  const before = await shownBy(proxy.port());
  await scene.write("shop-rsa", "shop-rsa");
  scene.lookAgain();
  await eventually(() => proxy.events.some(({ event }) => event === "certificates_renewed"), "the renewal");
  expect(await shownBy(proxy.port())).not.toBe(before);
  expect(await old.ask("GET / HTTP/1.1", "Host: shop.example")).toContain("fine");
});

test("half a renewal changes nothing; the other half completes it", async () => {
  await using scene = await start();
  await scene.write("shop", "shop");
  await using proxy = await scene.proxy();
  const before = await shownBy(proxy.port());
  await scene.write("shop-rsa", "shop");
  scene.lookAgain();
  await eventually(() => proxy.events.some(({ event }) => event === "certificates_kept"), "the refusal");
  expect(await shownBy(proxy.port())).toBe(before);
  const kept = proxy.events.find(({ event }) => event === "certificates_kept")!;
  expect(JSON.stringify(kept)).toContain("tls.mismatch");
  expect(JSON.stringify(proxy.events)).not.toContain("PRIVATE KEY");
  await scene.write("shop-rsa", "shop-rsa");
  scene.lookAgain();
  await eventually(() => proxy.events.some(({ event }) => event === "certificates_renewed"), "the renewal");
  expect(await shownBy(proxy.port())).not.toBe(before);
});

test("a link that points elsewhere counts, as in a volume with secrets", async () => {
  await using scene = await start();
  await scene.write("shop", "shop", "one");
  await scene.write("shop-rsa", "shop-rsa", "two");
  await scene.link("one");
  await using proxy = await scene.proxy("data");
  const before = await shownBy(proxy.port());
  await scene.link("two");
  scene.lookAgain();
  await eventually(() => proxy.events.some(({ event }) => event === "certificates_renewed"), "the renewal");
  expect(await shownBy(proxy.port())).not.toBe(before);
});

test("a reload that changes something else keeps sessions", async () => {
  await using scene = await start();
  await scene.write("shop", "shop");
  await using proxy = await scene.proxy();
  using first = await TlsClient.connect({ port: proxy.port() });
  await first.ask("GET / HTTP/1.1", "Host: shop.example");
  const reloaded = await proxy.reload(scene.yaml("", "other"));
  expect(reloaded.ok).toBe(true);
  using second = await TlsClient.connect({ port: proxy.port(), session: first.session! });
  expect(second.socket.isSessionReused()).toBe(true);
  expect(await second.ask("GET / HTTP/1.1", "Host: shop.example")).toContain("other");
  expect(await first.ask("GET / HTTP/1.1", "Host: shop.example")).toContain("other");
});

test("a reload turns TLS on and off at an address that stays open", async () => {
  await using scene = await start();
  await scene.write("shop", "shop");
  const plain = scene.yaml("", "plain").replace(/, tls: \{.*\} \}$/m, " }");
  await using proxy = await startTestProxy(plain);
  const ask = async (scheme: string) => {
    const headers = { connection: "close" };
    const answer = await fetch(`${scheme}://127.0.0.1:${proxy.port()}/`, {
      headers,
      keepalive: false,
      tls: { rejectUnauthorized: false },
    });
    return answer.text();
  };
  expect(await ask("http")).toBe("plain");
  expect((await proxy.reload(scene.yaml("", "secure"))).ok).toBe(true);
  expect(await ask("https")).toBe("secure");
  expect(await ask("http")).toContain("tls.not_tls");
  expect((await proxy.reload(plain)).ok).toBe(true);
  expect(await ask("http")).toBe("plain");
});

test("a reload that cannot read a certificate changes nothing", async () => {
  await using scene = await start();
  await scene.write("shop", "shop");
  await using proxy = await scene.proxy();
  await scene.write("shop", "other");
  const refused = await proxy.reload(scene.yaml("", "other"));
  expect(refused.ok ? [] : refused.error.map(({ code }) => code)).toEqual(["tls.mismatch"]);
  using client = await TlsClient.connect({ port: proxy.port() });
  expect(await client.ask("GET / HTTP/1.1", "Host: shop.example")).toContain("fine");
});

test("a certificate that cannot be served stops the start, and says why without a word of the key", async () => {
  await using scene = await start();
  await scene.write("shop", "other");
  const outcome = await scene.proxy().then(
    () => "started",
    (error: Error) => error.message,
  );
  expect(outcome).toContain("tls.mismatch");
  expect(outcome).not.toContain("PRIVATE KEY");
});

test("one that expires soon is told at the start, and again a day later", async () => {
  await using scene = await start();
  await Bun.write(join(scene.folder, "cert.pem"), pem("expired.crt"));
  await Bun.write(join(scene.folder, "key.pem"), pem("expired.key"));
  await using proxy = await scene.proxy();
  const told = () => proxy.events.filter(({ event }) => event === "certificate_expired").length;
  expect(told()).toBe(1);
  scene.clock.advance(86_400_000);
  scene.lookAgain();
  await eventually(() => told() === 2, "the second notice");
  expect(proxy.running.census().certificates).toEqual([
    {
      listener: "web",
      file: join(scene.folder, "cert.pem"),
      names: ["shop.example"],
      notAfterMs: Date.UTC(2025, 5, 1),
      noticeMs: Date.UTC(2025, 4, 11),
    },
  ]);
  const shown = new Shown(metricsPage(proxy.running.counted(), null));
  const file = join(scene.folder, "cert.pem");
  const expiry = shown.value("portward_certificate_not_after_seconds", {
    listener: "web",
    certificate: file,
  });
  expect(expiry).toBe(Date.UTC(2025, 5, 1) / 1000);
});

async function start() {
  const folder = await mkdtemp(join(tmpdir(), "portward-tls-"));
  const clock = new FakeClock();
  const yaml = (sub: string, body = "fine") => `
listeners:
  web: { address: "127.0.0.1:0", tls: { certificates: [ { cert: "${join(folder, sub, "cert.pem")}", key: "${join(folder, sub, "key.pem")}" } ] } }
routes: [ { listen: web, path: /, respond: { body: ${body} } } ]
`;
  return {
    folder,
    clock,
    yaml,
    write: async (cert: string, key: string, sub = "") => {
      const text = cert.startsWith("shop") ? pem(`${cert}-chain.crt`) : pem(`${cert}.crt`);
      await Bun.write(join(folder, sub, "cert.pem"), text);
      await Bun.write(join(folder, sub, "key.pem"), pem(`${key}.key`));
    },
    link: async (to: string) => {
      await symlink(to, join(folder, "next"));
      await rename(join(folder, "next"), join(folder, "data"));
    },
    proxy: (sub = "") => startTestProxy(yaml(sub), { slowTimers: clock.timers }),
    lookAgain: () => clock.advance(10_100),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

async function shownBy(port: number): Promise<string> {
  using client = await TlsClient.connect({ port });
  return client.socket.getPeerCertificate().fingerprint256;
}
