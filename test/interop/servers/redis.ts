/** A Redis server that keeps nothing, and its own client. */
import { program } from "../programs.ts";
import { freePort, type Scene } from "../scene.ts";

export async function startRedis(scene: Scene): Promise<number> {
  const port = freePort();
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  await scene.startOn(port, "redis", [program("redis-server"), ...options, "--dir", scene.directory]);
  return port;
}

/** The start of a `redis-cli` command for a server, or for a tunnel to it. */
export function redisCli(port: number): string[] {
  return [program("redis-cli"), "-h", "127.0.0.1", "-p", `${port}`];
}
