/** curl as a client, nginx as the origin: what is about the way of a message and not about its content. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { curl } from "./curl.ts";
import { BIG_BYTES, type OriginAndProxy, startOriginAndProxy, startPortwardTo } from "./http-origin.ts";
import { program } from "./programs.ts";
import { Scene } from "./scene.ts";
import { startHaproxy } from "./servers/haproxy.ts";

let scene: Scene;
let ports: OriginAndProxy;
beforeAll(async () => {
  scene = await Scene.open();
  ports = await startOriginAndProxy(scene);
});
afterAll(() => scene[Symbol.asyncDispose]());

test("an upload with a length arrives whole", async () => {
  const file = scene.path("www/files/big.bin");
  const put = await curl(scene, ports.proxy, "/upload/sized", ["-T", file, "-H", "Expect:"]);
  expect(put.statuses).toEqual(["HTTP/1.1 201"]);
  expect(await hashOf("www/upload/sized")).toBe(await hashOf("www/files/big.bin"));
});

test("an upload in chunks arrives whole", async () => {
  const file = scene.path("www/files/big.bin");
  const chunked = ["-T", file, "-H", "Transfer-Encoding: chunked", "-H", "Expect:"];
  const put = await curl(scene, ports.proxy, "/upload/chunked", chunked);
  expect(put.statuses).toEqual(["HTTP/1.1 201"]);
  expect(await hashOf("www/upload/chunked")).toBe(await hashOf("www/files/big.bin"));
});

test("a client that waits for 100 Continue gets it, then its answer", async () => {
  const file = scene.path("www/files/page.html");
  const wait = ["-T", file, "-H", "Expect: 100-continue", "--expect100-timeout", "30"];
  const put = await curl(scene, ports.proxy, "/upload/expected", wait);
  expect(put.statuses).toEqual(["HTTP/1.1 100", "HTTP/1.1 201"]);
  expect(await hashOf("www/upload/expected")).toBe(await hashOf("www/files/page.html"));
});

test("a client of HTTP/1.0 gets a body without chunks, though the origin sends some", async () => {
  const answer = await curl(scene, ports.proxy, "/gzip/page.html", [
    "--http1.0",
    "-H",
    "Accept-Encoding: gzip",
  ]);
  expect(answer.fields.some((field) => field.startsWith("transfer-encoding"))).toBe(false);
  const straight = await curl(scene, ports.origin, "/files/page.html");
  const plain = await curl(scene, ports.proxy, "/gzip/page.html", ["--http1.0", "--compressed"]);
  expect(plain.bodyHash).toBe(straight.bodyHash);
});

test("many requests on one connection", async () => {
  const urls = Array.from({ length: 200 }, (_, i) => `http://127.0.0.1:${ports.proxy}/received?${i}`);
  const output = await scene.run([program("curl"), "-s", "-S", "-w", "%{num_connects}\n", ...urls]);
  const lines = output.trimEnd().split("\n");
  const answers = lines.filter((line) => line.startsWith("GET"));
  expect(answers.map((line) => line.split(" ")[1])).toEqual(urls.map((_, i) => `/received?${i}`));
  expect(lines.filter((line) => line === "1")).toHaveLength(1);
});

test("pipelined requests are answered in order, big ones between small ones", async () => {
  const paths = ["/received?1", "/files/page.html", "/received?2", "/files/none", "/received?3"];
  const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n\r\n`);
  requests.push("GET /received?last HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n");
  const text = await untilClosed(ports.proxy, requests.join(""));
  const found = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, part]) => part);
  expect(found(/HTTP\/1\.1 (\d{3})/g)).toEqual(["200", "200", "200", "404", "200", "200"]);
  expect(found(/\/received\?(\w+)/g)).toEqual(["1", "2", "3", "last"]);
});

test("HAProxy in front of us and HAProxy behind us", async () => {
  await using chain = await Scene.open();
  const behind = await startHaproxy(chain, ports.origin);
  const middle = await startPortwardTo(chain, behind);
  await using outer = await Scene.open();
  const front = await startHaproxy(outer, middle);
  const straight = await curl(scene, ports.origin, "/files/big.bin");
  const through = await curl(scene, front, "/files/big.bin");
  expect(through.bodyBytes).toBe(BIG_BYTES);
  expect(through.bodyHash).toBe(straight.bodyHash);
  const upload = ["-T", scene.path("www/files/page.html"), "-H", "Transfer-Encoding: chunked"];
  expect((await curl(scene, front, "/upload/chain", upload)).statuses.at(-1)).toBe("HTTP/1.1 201");
  expect(await hashOf("www/upload/chain")).toBe(await hashOf("www/files/page.html"));
});

test("wrk for a second: no error", async () => {
  const url = `http://127.0.0.1:${ports.proxy}/files/page.html`;
  const output = await scene.run([program("wrk"), "-t1", "-c20", "-d1s", url]);
  expect(output).toMatch(/\d+ requests in/);
  expect(output).not.toContain("Non-2xx");
  expect(output).not.toContain("Socket errors");
});

async function hashOf(path: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  return hash.update(await Bun.file(scene.path(path)).bytes()).digest("hex");
}

/** Sends `text` with one write and yields everything that comes until the other side closes. */
async function untilClosed(port: number, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let received = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, chunk) => {
        received += chunk.toString("latin1");
      },
      close: () => resolve(),
      error: (_, error) => reject(error),
    },
  });
  socket.write(text);
  await promise;
  return received;
}
