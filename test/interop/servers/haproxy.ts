/** HAProxy as one more hop: everything goes to one server. */
import { program } from "../programs.ts";
import { freePort, type Scene } from "../scene.ts";

export async function startHaproxy(scene: Scene, targetPort: number): Promise<number> {
  const port = freePort();
  const file = scene.path("haproxy.cfg");
  await Bun.write(
    file,
    `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend in
  bind 127.0.0.1:${port}
  default_backend out
backend out
  server target 127.0.0.1:${targetPort}
`,
  );
  await scene.startOn(port, "haproxy", [program("haproxy"), "-db", "-f", file]);
  return port;
}
