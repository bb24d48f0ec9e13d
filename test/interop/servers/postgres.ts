/**
 * A PostgreSQL server with a fresh database that anybody on loopback may use. It refuses to run as root; then it
 * becomes the user that its package made.
 */
import { mkdir } from "node:fs/promises";
import { freePort } from "../../support/free-port.ts";
import { program } from "../programs.ts";
import type { Scene } from "../scene.ts";

export async function startPostgres(scene: Scene): Promise<number> {
  const port = freePort();
  const data = scene.path("postgres");
  await mkdir(data, { mode: 0o700 });
  if (isRoot()) await scene.run(["chown", "postgres:postgres", data]);
  const options = [
    "-D",
    data,
    "-U",
    "postgres",
    "--auth=trust",
    "--no-sync",
    "--encoding=UTF8",
    "--no-locale",
  ];
  await scene.run([...asPostgres(), program("initdb"), ...options]);
  const settings = [
    "fsync=off",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_wal_size=4GB",
  ];
  const server = [
    program("postgres"),
    "-D",
    data,
    "-p",
    `${port}`,
    ...settings.flatMap((each) => ["-c", each]),
  ];
  await scene.startOn(port, "postgres", [...asPostgres(), ...server]);
  return port;
}

/** A `psql` command that runs `script`, stops at the first error, and prints bare values. */
export function psql(port: number, script: string): string[] {
  const where = ["-h", "127.0.0.1", "-p", `${port}`, "-U", "postgres", "-d", "postgres"];
  return [program("psql"), ...where, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", script];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function asPostgres(): string[] {
  return isRoot() ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : [];
}
