/**
 * A browser in front: Chromium without a window loads a page with scripts, styles and a picture over TLS and HTTP/2 through the
 * proxy, talks over WebSockets within HTTP/2 to targets of either version, and calls a service of gRPC at another origin.
 */
import { afterAll, expect, test } from "bun:test";
import { createHash, X509Certificate } from "node:crypto";
import { certificatePath, pem } from "../support/certificates.ts";
import { freePort } from "../support/free-port.ts";
import { NodePeer } from "../support/node-peer.ts";
import { program } from "./programs.ts";
import { Scene } from "./scene.ts";
import { startNginx } from "./servers/nginx.ts";
import { startPortward } from "./servers/portward.ts";

const node = new NodePeer();
afterAll(() => node.kill());

/** Tells whoever connects by which proxies, and sends back what comes. */
function startWebSockets(version: "http1" | "h2"): Promise<number> {
  return node.run(({ http, http2, WebSocket, WebSocketServer, listen }, version) => {
    const serve = (socket: import("ws").WebSocket, via: string): void => {
      socket.send(via);
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    };
    if (version === "http1") {
      const server = http.createServer();
      const sockets = new WebSocketServer({ server });
      sockets.on("connection", (socket, request) =>
        serve(socket, `${request.method} ${request.headers.via}`),
      );
      return listen(server);
    }
    const server = http2.createServer({ settings: { enableConnectProtocol: true } });
    server.on("stream", ((
      stream: import("node:http2").ServerHttp2Stream,
      fields: import("node:http2").IncomingHttpHeaders,
    ) => {
      stream.respond({ ":status": 200 });
      // As ws itself does it behind a handshake; the stream stands for the socket.
      const socket = new (WebSocket as unknown as new (...options: unknown[]) => import("ws").WebSocket)(
        null,
        undefined,
        { closeTimeout: 30_000 },
      );
      (socket as unknown as { setSocket(...options: unknown[]): void }).setSocket(stream, Buffer.alloc(0), {
        maxPayload: 1 << 20,
      });
      serve(socket, `${fields[":method"]} ${fields["via"]}`);
    }) as never);
    return listen(server as never);
  }, version);
}

/** Gives back each message, with what it was told in `x-sent`. */
function startService(): Promise<number> {
  return node.run(async ({ grpc, grpcMethod, listenGrpc }) => {
    const same = grpcMethod("/shop.Cart/Same", false, false);
    const server = new grpc.Server();
    server.addService(
      { Same: same } as never,
      {
        Same: (
          call: import("@grpc/grpc-js").ServerUnaryCall<Buffer, Buffer>,
          done: (error: null, value: Buffer) => void,
        ) => {
          const sent = new grpc.Metadata();
          sent.set("x-got", String(call.metadata.get("x-sent")[0]));
          call.sendMetadata(sent);
          done(null, call.request);
        },
      } as never,
    );
    return listenGrpc(server);
  }, null);
}

test("Chromium loads a page with all its parts over HTTP/2, opens WebSockets over it, and calls a service elsewhere", async () => {
  await using scene = await Scene.open();
  await Bun.write(scene.path("www/index.html"), PAGE);

  await Bun.write(scene.path("www/picture.svg"), PICTURE);
  await Bun.write(scene.path("www/style.css"), "p { margin: 0 }");
  await Bun.write(scene.path("www/data.json"), '{"answer":42}');
  const [http1, http2] = [await startWebSockets("http1"), await startWebSockets("h2")];
  const [pagePort, servicePort] = [freePort(), freePort()];
  const service = await startService();
  await Bun.write(scene.path("www/script.js"), SCRIPT.replaceAll("SERVICE_PORT", String(servicePort)));
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
    address: "127.0.0.1:${pagePort}"
    tls: { certificates: [ { cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop.key")}" } ] }
  service:
    address: "127.0.0.1:${servicePort}"
    tls: { certificates: [ { cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop.key")}" } ] }
routes:
  - listen: service
    grpc: { service: shop.Cart }
    targets: ["127.0.0.1:${service}"]
    protocol: h2
    filters: [{ grpc_web: { origins: ["https://shop.example:${pagePort}"] } }]
  - { listen: web, host: shop.example, path: /, targets: ["127.0.0.1:${origin}"] }
  - { listen: web, host: shop.example, path: /chat/http1, targets: ["127.0.0.1:${http1}"] }
  - { listen: web, host: shop.example, path: /chat/h2, targets: ["127.0.0.1:${http2}"], protocol: h2 }
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
  expect(page).toContain(
    '<p id="protocol">/ h2, /data.json h2, /picture.svg h2, /script.js h2, /style.css h2, /told h2</p>',
  );
  expect(page).toContain('<p id="grpc">1,2,3, grpc-status: 0, by a page</p>');

  expect(page).toContain('<p id="http1">GET 2.0 portward, hello, 100000 bytes, closed 1000</p>');
  expect(page).toContain('<p id="h2">CONNECT 2.0 portward, hello, 100000 bytes, closed 1000</p>');
}, 100_000);

/** The browser's own list of CAs does not have the tests' root; the key itself is told to be the right one. */
function keyOf(name: string): string {
  const key = new X509Certificate(pem(name)).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

const PAGE = `<!doctype html>
<title>shop</title>
<link rel="stylesheet" href="/style.css">
<img src="/picture.svg" id="image">
<p id="told"></p><p id="picture"></p><p id="secure"></p><p id="protocol"></p><p id="http1"></p><p id="h2"></p><p id="grpc"></p>
<script src="/script.js"></script>
`;
const SCRIPT = `
const say = (id, text) => { document.getElementById(id).textContent = text; };
const call = async (method) => {
  const frame = [0, 0, 0, 0, 3, 1, 2, 3];
  const response = await fetch("https://" + location.hostname + ":SERVICE_PORT/shop.Cart/" + method, {
    method: "POST",
    headers: { "content-type": "application/grpc-web-text", "x-grpc-web": "1", "x-sent": "by a page" },
    body: btoa(String.fromCharCode(...frame)),
  });
  const bytes = (await response.text()).match(/.{4}/g).map(atob).join("");
  const message = [...bytes.slice(5, 8)].map((letter) => letter.charCodeAt(0));
  return [message, /grpc-status: \\d+/.exec(bytes), response.headers.get("x-got")].join(", ");
};
const talk = (path) => new Promise((resolve) => {
  const seen = [];
  const socket = new WebSocket("wss://" + location.host + "/chat/" + path);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => {
    seen.push(typeof data === "string" ? data : data.byteLength + " bytes");
    if (seen.length === 1) socket.send("hello");
    else if (seen.length === 2) socket.send(new Uint8Array(100000));
    else socket.close(1000);
  };
  socket.onclose = ({ code }) => resolve([...seen, "closed " + code].join(", "));
});
addEventListener("load", async () => {
  say("picture", document.getElementById("image").naturalWidth + " pixels");
  say("secure", String(isSecureContext));
  say("told", await (await fetch("/told")).text());
  await (await fetch("/data.json")).json();
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const parts = entries.filter(({ name }) => !name.endsWith("/favicon.ico"));
  const spoken = parts.map(({ name, nextHopProtocol }) => new URL(name).pathname + " " + nextHopProtocol);
  say("protocol", [...new Set(spoken)].sort().join(", "));
  say("grpc", await call("Same").catch(String));
  let open = 2;
  for (const path of ["http1", "h2"]) talk(path).then((text) => { say(path, text); open--; });
  // The browser's clock stands still while something is fetched, and not for WebSockets.
  for (let round = 0; open > 0 && round < 500; round++) await (await fetch("/told?" + round)).text();
});
`;
const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48"><circle cx="24" cy="24" r="20"/></svg>';
