/** TLS and PROXY headers with HAProxy and nginx on the other side, and curl in front. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { certificatePath, pem } from "../support/certificates.ts";
import { freePort } from "../support/free-port.ts";
import { program } from "./programs.ts";
import { Scene } from "./scene.ts";
import { startNginx } from "./servers/nginx.ts";
import { startPortward } from "./servers/portward.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene[Symbol.asyncDispose]());

const SHOP = `certificates: [ { cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop.key")}" } ]`;
const ROOT = certificatePath("root.crt");
/** What the origin was told of the client. */
const TOLD = 'location / { return 200 "$http_x_forwarded_for $http_x_forwarded_proto $http_host"; }';

/** @param options of curl; the answer's body, and what curl has to say of the connection */
function ask(port: number, scheme: string, ...options: readonly string[]): Promise<string> {
  const resolve = ["--resolve", `shop.example:${port}:127.0.0.1`, "--cacert", ROOT];
  const shown = ["-w", " %{http_version} %{http_code}", "--max-time", "20"];
  return scene.run([
    program("curl"),
    "-sS",
    ...resolve,
    ...shown,
    ...options,
    `${scheme}://shop.example:${port}/`,
  ]);
}

async function haproxy(name: string, configuration: string): Promise<void> {
  const file = scene.path(`${name}.cfg`);
  const defaults = "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 20s\n  timeout server 20s\n";
  await Bun.write(file, `${defaults}${configuration}\n`);
  const port = Number(/bind 127\.0\.0\.1:(\d+)/.exec(configuration)![1]);
  await scene.startOn(port, name, [program("haproxy"), "-db", "-f", file]);
}

describe("curl over TLS", () => {
  test("HTTP/1.1, HTTP/2, TLS 1.2 and 1.3, with nginx behind", async () => {
    await using own = await Scene.open();
    const origin = await startNginx(own, TOLD);
    const proxy = await startPortward(
      own,
      `
listeners: { web: { address: "127.0.0.1:0", tls: { ${SHOP} } } }
routes: [ { listen: web, host: shop.example, path: /, targets: ["127.0.0.1:${origin}"] } ]
`,
    );
    const port = proxy.port("web");
    const told = `127.0.0.1 https shop.example:${port}`;
    expect(await ask(port, "https", "--http1.1")).toBe(`${told} 1.1 200`);
    expect(await ask(port, "https", "--http2")).toBe(`${told} 2 200`);
    expect(await ask(port, "https", "--http2", "--tls-max", "1.2")).toBe(`${told} 2 200`);
  });
});

describe("TLS to nginx", () => {
  test("is verified, shows a client certificate, and keeps its connections", async () => {
    await using own = await Scene.open();
    const port = freePort();
    await Bun.write(own.path("ca.crt"), pem("root.crt"));
    await startNginx(
      own,
      `
      listen 127.0.0.1:${port} ssl;
      ssl_certificate ${certificatePath("shop-chain.crt")};
      ssl_certificate_key ${certificatePath("shop.key")};
      ssl_protocols TLSv1.2 TLSv1.3;
      ssl_client_certificate ${own.path("ca.crt")};
      ssl_verify_client on;
      location / { return 200 "$ssl_client_s_dn $ssl_server_name $ssl_protocol $connection_requests"; }`,
    );
    const certificate = `{ cert: "${certificatePath("client.crt")}", key: "${certificatePath("client.key")}" }`;
    const proxy = await startPortward(
      own,
      `
listeners: { web: { address: "127.0.0.1:0" } }
upstreams:
  api: { targets: ["https://127.0.0.1:${port}"], tls: { ca: "${ROOT}", server_name: shop.example, certificate: ${certificate} } }
  stranger: { targets: ["https://127.0.0.1:${port}"], tls: { server_name: shop.example } }
routes:
  - { listen: web, path: /, upstream: api }
  - { listen: web, path: /stranger, upstream: stranger }
`,
    );
    const url = `http://127.0.0.1:${proxy.port("web")}`;
    const subject = "CN=jo,O=Portward tests shop.example TLSv1.3";
    // Over one connection, so that one worker has both.
    const both = await scene.run([program("curl"), "-sS", `${url}/?1`, `${url}/?2`]);
    expect(both).toBe(`${subject} 1${subject} 2`);
    const refused = await scene.run([program("curl"), "-sS", `${url}/stranger`]);
    expect(refused).toContain('"code":"upstream.tls_unknown_ca"');
  });
});

describe("PROXY headers from HAProxy", () => {
  for (const [version, option] of [
    ["1", "send-proxy"],
    ["2", "send-proxy-v2"],
  ] as const) {
    test(`version ${version}, before TLS, say who the client is`, async () => {
      await using own = await Scene.open();
      const origin = await startNginx(own, TOLD);
      const proxy = await startPortward(
        own,
        `
settings: { trusted_proxies: ["127.0.0.1"] }
listeners: { web: { address: "127.0.0.1:0", proxy_protocol: require, tls: { ${SHOP} } } }
routes: [ { listen: web, path: /, targets: ["127.0.0.1:${origin}"] } ]
`,
      );
      const front = freePort();
      await haproxy(
        `front-${version}`,
        `
listen in
  bind 127.0.0.1:${front}
  tcp-request connection set-src ipv4(192.0.2.77)
  server portward 127.0.0.1:${proxy.port("web")} ${option}`,
      );
      expect(await ask(front, "https", "--http1.1")).toBe(`192.0.2.77 https shop.example:${front} 1.1 200`);
    });
  }
});

describe("PROXY headers to others", () => {
  test("nginx takes both versions", async () => {
    for (const version of ["v1", "v2"]) {
      await using own = await Scene.open();
      const port = freePort();
      await startNginx(
        own,
        `
        listen 127.0.0.1:${port} proxy_protocol;
        location / { return 200 "$proxy_protocol_addr $proxy_protocol_server_port"; }`,
      );
      const proxy = await startPortward(
        own,
        `
listeners: { web: { address: "127.0.0.1:0", tls: { ${SHOP} } } }
routes: [ { kind: tcp, listen: web, targets: ["127.0.0.1:${port}"], proxy_protocol: ${version} } ]
`,
      );
      const told = await ask(proxy.port("web"), "https", "--http1.1", "--no-alpn");
      expect(told).toBe(`127.0.0.1 ${proxy.port("web")} 1.1 200`);
    }
  });

  test("HAProxy reads the fields of version 2: name, protocol, client certificate", async () => {
    await using own = await Scene.open();
    const port = freePort();
    await haproxy(
      "fields",
      `
frontend in
  mode http
  bind 127.0.0.1:${port} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[fc_pp_authority]"`,
    );
    const proxy = await startPortward(
      own,
      `
listeners: { web: { address: "127.0.0.1:0", tls: { ${SHOP}, client_auth: request, client_ca: "${ROOT}" } } }
routes: [ { kind: tcp, listen: web, targets: ["127.0.0.1:${port}"], proxy_protocol: v2 } ]
`,
    );
    const shown = ["--cert", certificatePath("client.crt"), "--key", certificatePath("client.key")];
    const told = await ask(proxy.port("web"), "https", "--http1.1", "--no-alpn", ...shown);
    expect(told).toBe("127.0.0.1 shop.example 1.1 200");
  });
});

test("TLS that is passed on ends at nginx, beside a host whose TLS ends here", async () => {
  await using own = await Scene.open();
  const port = freePort();
  await startNginx(
    own,
    `
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificatePath("other.crt")};
    ssl_certificate_key ${certificatePath("other.key")};
    location / { return 200 "other, by nginx"; }`,
  );
  const proxy = await startPortward(
    own,
    `
listeners: { web: { address: "127.0.0.1:0", tls: { ${SHOP} } } }
routes:
  - { listen: web, host: shop.example, path: /, respond: { body: "shop, by portward" } }
  - { kind: tls, listen: web, host: other.example, targets: ["127.0.0.1:${port}"] }
`,
  );
  const web = proxy.port("web");
  expect(await ask(web, "https")).toStartWith("shop, by portward");
  const resolve = ["--resolve", `other.example:${web}:127.0.0.1`, "--cacert", ROOT];
  const other = await scene.run([program("curl"), "-sS", ...resolve, `https://other.example:${web}/`]);
  expect(other).toBe("other, by nginx");
});
