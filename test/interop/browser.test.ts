/** A browser in front: Chromium without a window loads a page with a script and a picture over TLS through the proxy. */
import { expect, test } from "bun:test";
import { createHash, X509Certificate } from "node:crypto";
import { certificatePath, pem } from "../support/certificates.ts";
import { program } from "./programs.ts";
import { Scene } from "./scene.ts";
import { startNginx } from "./servers/nginx.ts";
import { startPortward } from "./servers/portward.ts";

test("Chromium loads a page, its script and its picture", async () => {
  await using scene = await Scene.open();
  await Bun.write(scene.path("www/index.html"), PAGE);
  await Bun.write(scene.path("www/script.js"), SCRIPT);
  await Bun.write(scene.path("www/picture.svg"), PICTURE);
  const origin = await startNginx(
    scene,
    `
    root ${scene.path("www")};
    location = /told { default_type text/plain; return 200 "$http_x_forwarded_proto $http_host"; }`,
  );
  const proxy = await startPortward(
    scene,
    `
listeners:
  web:
    address: "127.0.0.1:0"
    tls: { certificates: [ { cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop.key")}" } ] }
routes: [ { listen: web, host: shop.example, path: /, targets: ["127.0.0.1:${origin}"] } ]
`,
  );
  const port = proxy.port("web");
  const page = await scene.run([
    program("chromium"),
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    `--user-data-dir=${scene.path("profile")}`,
    `--host-resolver-rules=MAP shop.example 127.0.0.1`,
    `--ignore-certificate-errors-spki-list=${keyOf("shop.crt")}`,
    "--virtual-time-budget=15000",
    "--dump-dom",
    `https://shop.example:${port}/`,
  ]);
  expect(page).toContain(`<p id="told">https shop.example:${port}</p>`);
  expect(page).toContain('<p id="picture">48 pixels</p>');
  expect(page).toContain('<p id="secure">true</p>');
  expect(page).toContain('<p id="protocol">h2</p>');
}, 100_000);

/** The browser's own list of CAs does not have the tests' root; the key itself is told to be the right one. */
function keyOf(name: string): string {
  const key = new X509Certificate(pem(name)).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

const PAGE = `<!doctype html>
<title>shop</title>
<img src="/picture.svg" id="image">
<p id="told"></p><p id="picture"></p><p id="secure"></p><p id="protocol"></p>
<script src="/script.js"></script>
`;
const SCRIPT = `
const say = (id, text) => { document.getElementById(id).textContent = text; };
addEventListener("load", async () => {
  say("picture", document.getElementById("image").naturalWidth + " pixels");
  say("secure", String(isSecureContext));
  say("protocol", performance.getEntriesByType("navigation")[0].nextHopProtocol);
  say("told", await (await fetch("/told")).text());
});
`;
const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48"><circle cx="24" cy="24" r="20"/></svg>';
