/** What the bench needs from Debian, looked for before anything is started. */
import { existsSync } from "node:fs";
import { STREAM_MODULE } from "./peers/nginx.ts";

/** Debian keeps servers where only root's PATH leads. */
export function findPrograms(): void {
  const { PATH = "" } = process.env;
  Object.assign(process.env, { PATH: `${PATH}:/usr/local/sbin:/usr/sbin:/sbin` });
}

/** The packages to install, in the order of the documentation; empty when nothing is missing. */
export function missingPackages(): string[] {
  const { PATH = "" } = process.env;
  const absent = PROGRAMS.filter(({ program }) => Bun.which(program, { PATH }) === null);
  const missing: string[] = absent.map(({ name }) => name);
  if (!existsSync(STREAM_MODULE)) missing.push("libnginx-mod-stream");
  return [...new Set(missing)];
}

/** `nghttp2-client` brings h2load, the load generator for HTTP/2. */
const PROGRAMS = [
  { program: "nginx", name: "nginx-light" },
  { program: "haproxy", name: "haproxy" },
  { program: "wrk", name: "wrk" },
  { program: "h2load", name: "nghttp2-client" },
  { program: "openssl", name: "openssl" },
  { program: "taskset", name: "util-linux" },
] as const;
