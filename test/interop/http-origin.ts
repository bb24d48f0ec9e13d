/** nginx with one of everything that an origin does, and Portward in front of it. */
import { mkdir } from "node:fs/promises";
import type { Scene } from "./scene.ts";
import { startNginx } from "./servers/nginx.ts";
import { startPortward } from "./servers/portward.ts";

export interface OriginAndProxy {
  readonly origin: number;
  readonly proxy: number;
}

export async function startOriginAndProxy(scene: Scene): Promise<OriginAndProxy> {
  await writeFiles(scene);
  const origin = await startNginx(scene, LOCATIONS);
  const proxy = await startPortwardTo(scene, origin);
  return { origin, proxy };
}

export async function startPortwardTo(scene: Scene, port: number): Promise<number> {
  const running = await startPortward(
    scene,
    `
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ kind: http, listen: web, path: /, targets: ["127.0.0.1:${port}"] }]
`,
  );
  return running.port("web");
}

/** Without `gzip_proxied`, nginx compresses nothing for requests that carry `Via`. */
const LOCATIONS = `
    root www;
    gzip_proxied any;
    location /files/ { }
    location /gzip/ { alias www/files/; gzip on; gzip_min_length 1; gzip_types *; }
    location /trailers/ {
      alias www/files/;
      gzip on; gzip_min_length 1; gzip_types *;
      add_trailer X-Checksum "42";
    }
    location /upload/ { root www; dav_methods PUT DELETE; create_full_put_path on; }
    location = /moved { return 301 https://elsewhere.example/new?x=1; }
    location = /see-other { return 303 /files/page.html; }
    location = /temporary { return 307 /files/page.html; }
    location = /no-content { return 204; }
    location = /teapot { return 418 "short and stout"; }
    location = /broken { return 500 "broken"; }
    location = /later { add_header Retry-After 120 always; return 503 "later"; }
    location = /cookies {
      add_header Set-Cookie "a=1; Path=/";
      add_header Set-Cookie "b=2; Path=/; HttpOnly";
      return 200 "cookies";
    }
    location = /received { return 200 "$request_method $request_uri $http_host $http_x_test\\n"; }
    location = /empty { return 200 ""; }`;

async function writeFiles(scene: Scene): Promise<void> {
  await mkdir(scene.path("www/files/folder"), { recursive: true });
  await mkdir(scene.path("www/upload"), { recursive: true });
  await Bun.write(
    scene.path("www/files/page.html"),
    `<!doctype html>\n<p>${"Words, words. ".repeat(500)}</p>\n`,
  );
  await Bun.write(scene.path("www/files/folder/index.html"), "<p>folder</p>\n");
  await Bun.write(scene.path("www/files/empty.txt"), "");
  await Bun.write(scene.path("www/files/with space.txt"), "space\n");
  const big = new Uint32Array(BIG_BYTES / 4);
  for (let i = 0; i < big.length; i++) big[i] = Math.imul(i, 0x9e3779b1);
  await Bun.write(scene.path("www/files/big.bin"), big);
}

export const BIG_BYTES = 64 << 20;
