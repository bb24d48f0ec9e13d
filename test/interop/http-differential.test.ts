/**
 * The same request straight to nginx and through Portward: status, fields and body must be the same, apart
 * from what belongs to a connection. Each row is one request, as options of curl.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type CurlAnswer, curl } from "./curl.ts";
import { type OriginAndProxy, startOriginAndProxy } from "./http-origin.ts";
import { Scene } from "./scene.ts";

type Row = readonly [name: string, path: string, ...options: readonly string[]];

const ROWS: readonly Row[] = [
  ["a page", "/files/page.html"],
  ["a page with a query", "/files/page.html?a=1&b=%20&c"],
  ["a page, head only", "/files/page.html", "--head"],
  ["an empty file", "/files/empty.txt"],
  ["an empty answer", "/empty"],
  ["a path with a space", "/files/with%20space.txt"],
  ["64 MiB", "/files/big.bin"],
  ["64 MiB, head only", "/files/big.bin", "--head"],
  ["no such file", "/files/none"],
  ["no such file, head only", "/files/none", "--head"],
  ["a range", "/files/page.html", "-r", "0-99"],
  ["the last bytes", "/files/page.html", "-r", "-100"],
  ["from the middle of 64 MiB on", "/files/big.bin", "-r", "33554433-"],
  ["a range beyond the end", "/files/page.html", "-r", "9999999-"],
  ["a range if the entity is another one", "/files/page.html", "-r", "0-9", "-H", 'If-Range: "other"'],
  ["not modified by date", "/files/page.html", "-H", "If-Modified-Since: Thu, 31 Dec 2099 23:59:59 GMT"],
  ["modified since", "/files/page.html", "-H", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"],
  ["not modified by any tag", "/files/page.html", "-H", "If-None-Match: *"],
  ["a precondition that fails", "/files/page.html", "-H", 'If-Match: "other"'],
  ["gzip", "/gzip/page.html", "-H", "Accept-Encoding: gzip"],
  ["gzip, head only", "/gzip/page.html", "--head", "-H", "Accept-Encoding: gzip"],
  ["gzip, not wanted", "/gzip/page.html"],
  ["gzip of 64 MiB", "/gzip/big.bin", "-H", "Accept-Encoding: gzip"],
  ["trailers", "/trailers/page.html", "-H", "Accept-Encoding: gzip", "-H", "TE: trailers"],
  ["moved, elsewhere", "/moved"],
  ["see other", "/see-other"],
  ["temporarily elsewhere, with POST", "/temporary", "-d", "a=1"],
  ["a folder without its slash", "/files/folder"],
  ["a folder", "/files/folder/"],
  ["no content", "/no-content"],
  ["no content, with POST", "/no-content", "-d", "a=1"],
  ["a status that is rare", "/teapot"],
  ["an error of the origin", "/broken"],
  ["to be tried later", "/later"],
  ["two cookies", "/cookies"],
  ["OPTIONS", "/received", "-X", "OPTIONS"],
  ["DELETE", "/received", "-X", "DELETE"],
  ["a method nobody knows", "/received", "-X", "BREW"],
  ["a field of its own", "/received", "-H", "X-Test: value with  spaces"],
  ["an empty field", "/received", "-H", "X-Test;"],
  ["a target with odd characters", "/received?q=%C3%A4%2Fb&=&&a[]=1"],
  ["POST to a file", "/files/page.html", "-d", "a=1"],
  ["POST without a body", "/received", "-X", "POST", "-d", ""],
  ["HTTP/1.0", "/files/page.html", "--http1.0"],
  ["HTTP/1.0, head only", "/files/page.html", "--http1.0", "--head"],
  ["HTTP/1.0, not found", "/files/none", "--http1.0"],
];

let scene: Scene;
let ports: OriginAndProxy;
beforeAll(async () => {
  scene = await Scene.open();
  ports = await startOriginAndProxy(scene);
});
afterAll(() => scene[Symbol.asyncDispose]());

describe("straight and through Portward alike", () => {
  for (const [name, path, ...options] of ROWS) {
    test(name, async () => {
      // nginx puts the name that it was asked for into redirects.
      const asked = ["-H", "Host: shop.example", ...options];
      const straight = await curl(scene, ports.origin, path, asked);
      const through = await curl(scene, ports.proxy, path, asked);
      expect(comparable(through)).toEqual(comparable(straight));
    });
  }
});

test("several ranges: the parts are the same, their boundary is made anew each time", async () => {
  const options = ["-r", "0-9,100-199,-5"];
  const straight = await curl(scene, ports.origin, "/files/page.html", options);
  const through = await curl(scene, ports.proxy, "/files/page.html", options);
  expect(through.statuses).toEqual(["HTTP/1.1 206"]);
  expect(through.bodyBytes).toBe(straight.bodyBytes);
});

test("a tag that was given out is recognised", async () => {
  const first = await curl(scene, ports.proxy, "/files/page.html");
  const tag = first.fields.find((field) => field.startsWith("etag: "))!.slice("etag: ".length);
  const again = await curl(scene, ports.proxy, "/files/page.html", ["-H", `If-None-Match: ${tag}`]);
  expect(again.statuses).toEqual(["HTTP/1.1 304"]);
  expect(again.bodyBytes).toBe(0);
});

/** Without what each connection says for itself, and what changes every second. */
function comparable(answer: CurlAnswer): CurlAnswer {
  return { ...answer, fields: answer.fields.filter((field) => !OWN_TO_A_CONNECTION.test(field)) };
}

const OWN_TO_A_CONNECTION = /^(connection|keep-alive|transfer-encoding|date):/;
