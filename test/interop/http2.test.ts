/**
 * HTTP/2 with programs that everybody runs: curl, nghttp, h2load and nginx in front, nginx behind, over both versions, in
 * cleartext and, where the client agrees on it, over TLS.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { certificatePath } from "../support/certificates.ts";
import { freePort } from "../support/free-port.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { program } from "./programs.ts";
import { Scene } from "./scene.ts";
import { startNginx } from "./servers/nginx.ts";

const BIG_BYTES = 3_000_000;
let scene: Scene;
let proxy: TestProxy;
/** The port where it speaks HTTP/1.1. */
let nginx: number;

beforeAll(async () => {
  scene = await Scene.open();
  await Bun.write(scene.path("www/big.bin"), Buffer.alloc(BIG_BYTES, "x"));
  const http2 = freePort();
  const web = freePort();
  const server = `
    listen 127.0.0.1:${http2} http2;
    root ${scene.path("www")};
    location /front { rewrite ^/front(.*)$ $1 break; grpc_pass grpc://127.0.0.1:${web}; }
    location = /told { return 200 "$server_protocol $http_cookie $http_x_forwarded_for"; }`;
  nginx = await startNginx(scene, server);
  proxy = await startTestProxy(`
listeners:
  web: { address: "127.0.0.1:${web}" }
  secure:
    address: "127.0.0.1:0"
    tls: { certificates: [{ cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop.key")}" }] }
routes:
  - { listen: [web, secure], path: /h1, rewrite: /, targets: ["127.0.0.1:${nginx}"] }
  - { listen: [web, secure], path: /h2, rewrite: /, targets: ["127.0.0.1:${http2}"], protocol: h2 }
`);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

async function run(name: string, ...options: string[]): Promise<string> {
  const child = Bun.spawn([program(name), ...options], { stdout: "pipe", stderr: "ignore" });
  return await child.stdout.text();
}

for (const [path, version] of [
  ["/h1", "HTTP/1.1"],
  ["/h2", "HTTP/2.0"],
] as const) {
  describe(`nginx over $version`, () => {
    test("curl: a request, and what nginx was told", async () => {
      const url = `http://127.0.0.1:${proxy.port()}${path}/told`;
      const answer = await run(
        "curl",
        "-s",
        "-m",
        "5",
        "--http2-prior-knowledge",
        "-b",
        "a=1; b=2",
        "-w",
        " %{http_version}",
        url,
      );
      expect(answer).toBe(`${version} a=1; b=2 127.0.0.1 2`);
    });

    test("curl: an answer of 3 MB", async () => {
      const url = `http://127.0.0.1:${proxy.port()}${path}/big.bin`;
      const size = await run(
        "curl",
        "-s",
        "-m",
        "10",
        "--http2-prior-knowledge",
        "-o",
        "/dev/null",
        "-w",
        "%{size_download}",
        url,
      );
      expect(size).toBe(String(BIG_BYTES));
    });

    test("curl: the same over TLS, agreed on there", async () => {
      const url = `https://shop.example:${proxy.port("secure")}${path}`;
      const trust = [
        "--cacert",
        certificatePath("root.crt"),
        "--resolve",
        `shop.example:${proxy.port("secure")}:127.0.0.1`,
      ];
      const common = ["-s", "-m", "10", "--http2", ...trust, "-w", " %{http_version} %{size_download}"];
      expect(await run("curl", ...common, "-o", "/dev/null", `${url}/big.bin`)).toBe(` 2 ${BIG_BYTES}`);
    });

    test("nginx in front: as its upstream of gRPC, again and again", async () => {
      for (let i = 0; i < 5; i++) {
        const answer = await run("curl", "-s", "-m", "5", `http://127.0.0.1:${nginx}/front${path}/told`);
        expect(answer).toStartWith(version);
      }
    });

    test("nghttp: padding, its own priorities, several requests on one connection", async () => {
      const url = `http://127.0.0.1:${proxy.port()}${path}/told`;
      const answer = await run("nghttp", "-b", "64", "-m", "3", "-H", "priority: u=1, i", url);
      expect(answer.split(version).length).toBe(4);
    });

    test("h2load: 2,000 requests on 4 connections of 25 streams", async () => {
      const url = `http://127.0.0.1:${proxy.port()}${path}/told`;
      const summary = await run("h2load", "-n", "2000", "-c", "4", "-m", "25", url);
      expect(summary).toContain("2000 succeeded, 0 failed, 0 errored, 0 timeout");
    });

    test("h2load: answers of 3 MB through small windows, without a table", async () => {
      const url = `http://127.0.0.1:${proxy.port()}${path}/big.bin`;
      const options = ["-n", "40", "-c", "2", "-m", "5", "-w", "14", "-W", "15", "--header-table-size=0"];
      const summary = await run("h2load", ...options, url);
      expect(summary).toContain("40 succeeded, 0 failed, 0 errored, 0 timeout");
    });
  });
}
