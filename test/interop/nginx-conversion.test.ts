/**
 * nginx itself beside what `portward convert` makes of its configuration: the same requests must be answered alike,
 * and reach the same upstream with the same path.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { nginx } from "../../src/config/formats/nginx/index.ts";
import { freePort } from "../support/free-port.ts";
import { askAll, echoed, startConverted, Upstreams } from "./conversion-bench.ts";
import { NGINX_SCENES } from "./nginx-conversion.scenes.ts";
import { program } from "./programs.ts";
import { Scene } from "./scene.ts";

let upstreams: Upstreams;

beforeAll(async () => {
  upstreams = await Upstreams.start();
});

afterAll(() => upstreams[Symbol.dispose]());

describe("a request is treated alike by nginx and by its conversion", () => {
  for (const [name, { configuration, requests }] of Object.entries(NGINX_SCENES)) {
    test(name, async () => {
      await using scene = await Scene.open();
      const ports = await startBoth(scene, configuration);
      expect(await askAll(ports.portward, requests)).toEqual(await askAll(ports.nginx, requests));
    });
  }
});

test("a stream goes to the same upstream", async () => {
  await using scene = await Scene.open();
  const echo = "upstream echo { server 127.0.0.1:ECHO; }";
  const text = `stream { ${echo} server { listen 127.0.0.1:PORT; proxy_pass echo; } }`;
  const ports = await startBoth(scene, text);
  expect(await echoed(ports.nginx, "hello")).toBe("hello");
  expect(await echoed(ports.portward, "hello")).toBe("hello");
});

async function startBoth(scene: Scene, configuration: string): Promise<{ nginx: number; portward: number }> {
  const ports = { nginx: freePort(), portward: freePort() };
  await startNginx(scene, upstreams.fillIn(configuration, ports.nginx), ports.nginx);
  await startConverted(scene, nginx, upstreams.fillIn(configuration, ports.portward));
  return ports;
}

async function startNginx(scene: Scene, configuration: string, port: number): Promise<void> {
  const file = scene.path("nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${scene.directory}/nginx-${kind};`)
    .join(" ");
  const text = configuration.replace("http {", `http { access_log off; ${temporary}`);
  const module = text.includes("stream {") ? `load_module ${STREAM_MODULE};` : "";
  await Bun.write(file, `${module} daemon off; pid ${scene.path("nginx.pid")}; events { } ${text}`);
  await scene.startOn(port, "nginx", [program("nginx"), "-p", scene.directory, "-e", "stderr", "-c", file]);
}

const STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so";
