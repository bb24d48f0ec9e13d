/** A Redis server that keeps nothing, and its own client. */
import { freePort } from "../../support/free-port.ts";
import { program } from "../programs.ts";
import type { Scene, Server } from "../scene.ts";

export async function startRedis(scene: Scene): Promise<number> {
  const port = freePort();
  await startRedisOn(scene, port);
  return port;
}

export function startRedisOn(scene: Scene, port: number): Promise<Server> {
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  return scene.startOn(port, "redis", [program("redis-server"), ...options, "--dir", scene.directory]);
}

/** The start of a `redis-cli` command for a server, or for a tunnel to it. */
export function redisCli(port: number): string[] {
  return [program("redis-cli"), "-h", "127.0.0.1", "-p", `${port}`];
}
