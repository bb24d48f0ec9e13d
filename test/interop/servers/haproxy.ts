/** HAProxy as one more hop: everything goes to one server, over the versions that the words behind its two addresses say. */
import { freePort } from "../../support/free-port.ts";
import { program } from "../programs.ts";
import type { Scene } from "../scene.ts";

export async function startHaproxy(
  scene: Scene,
  targetPort: number,
  { bind = "", server = "" }: { readonly bind?: string; readonly server?: string } = {},
): Promise<number> {
  const port = freePort();
  const file = scene.path(`haproxy-${port}.cfg`);
  await Bun.write(
    file,
    `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend in
  bind 127.0.0.1:${port} ${bind}
  default_backend out
backend out
  server target 127.0.0.1:${targetPort} ${server}
`,
  );
  await scene.startOn(port, `haproxy-${port}`, [program("haproxy"), "-db", "-f", file]);
  return port;
}
