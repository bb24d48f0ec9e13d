/**
 * httpd itself beside what `portward convert` makes of its configuration, as nginx-conversion.test.ts. It runs where
 * Debian's apache2-bin is installed, which the other interop tests do not need.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { httpd } from "../../src/config/formats/httpd/index.ts";
import { freePort } from "../support/free-port.ts";
import { askAll, startConverted, Upstreams } from "./conversion-bench.ts";
import { HTTPD_SCENES } from "./httpd-conversion.scenes.ts";
import { findProgram, program } from "./programs.ts";
import { Scene } from "./scene.ts";

let upstreams: Upstreams;

beforeAll(async () => {
  upstreams = await Upstreams.start();
});

afterAll(() => upstreams[Symbol.dispose]());

describe.skipIf(findProgram("apache2") === null)(
  "a request is treated alike by httpd and by its conversion",
  () => {
    for (const [name, { configuration, requests }] of Object.entries(HTTPD_SCENES)) {
      test(name, async () => {
        await using scene = await Scene.open();
        const ports = { httpd: freePort(), portward: freePort() };
        await startHttpd(scene, upstreams.fillIn(configuration, ports.httpd), ports.httpd);
        const text = `Listen 127.0.0.1:PORT\n${configuration}`;
        await startConverted(scene, httpd, upstreams.fillIn(text, ports.portward));
        expect(await askAll(ports.portward, requests)).toEqual(await askAll(ports.httpd, requests));
      });
    }
  },
);

async function startHttpd(scene: Scene, configuration: string, port: number): Promise<void> {
  const file = scene.path("httpd.conf");
  const folder = join(dirname(program("apache2")), "../lib/apache2/modules");
  const modules = MODULES.map((name) => `LoadModule ${name}_module ${folder}/mod_${name}.so`);
  const own = [
    ...modules,
    `ServerRoot ${scene.directory}`,
    `PidFile ${scene.path("httpd.pid")}`,
    "ErrorLog /dev/stderr",
    "ServerName localhost",
    `DefaultRuntimeDir ${scene.directory}`,
    `Listen 127.0.0.1:${port}`,
  ];
  await Bun.write(file, `${own.join("\n")}\n${configuration}\n`);
  await scene.startOn(port, "httpd", [program("apache2"), "-X", "-f", file]);
}

const MODULES = [
  "mpm_event",
  "authz_core",
  "proxy",
  "proxy_http",
  "slotmem_shm",
  "proxy_balancer",
  "lbmethod_byrequests",
  "rewrite",
  "alias",
];
