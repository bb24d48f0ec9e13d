/** nginx with a configuration of the test's, all of its state in the scene's directory. */
import { freePort } from "../../support/free-port.ts";
import { program } from "../programs.ts";
import type { Scene } from "../scene.ts";

/** @param server what stands in the `server` block besides `listen` */
export async function startNginx(scene: Scene, server: string): Promise<number> {
  const port = freePort();
  const file = scene.path("nginx.conf");
  await Bun.write(file, configuration(scene.directory, port, server));
  await scene.startOn(port, "nginx", [program("nginx"), "-p", scene.directory, "-e", "stderr", "-c", file]);
  return port;
}

function configuration(directory: string, port: number, server: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${directory}/nginx-${kind};`,
  );
  return `
${process.getuid?.() === 0 ? "user root;" : ""}
daemon off;
pid ${directory}/nginx.pid;
worker_processes 1;
events { worker_connections 512; }
http {
  ${temporary.join("\n  ")}
  access_log off;
  types { text/html html; text/plain txt; application/json json; text/javascript js; image/svg+xml svg; }
  default_type application/octet-stream;
  client_max_body_size 0;
  server {
    listen 127.0.0.1:${port};
    ${server}
  }
}`;
}
