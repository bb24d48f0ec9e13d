/**
 * Portward itself, or another build of it under another name (`--also before=../old/bin/portward`): what a
 * change costs is seen best when both revisions run in alternating rounds.
 */
import { resolve } from "node:path";
import { CERTIFICATE, type Launch, type Peer, routePrefixes, type Site } from "./peer.ts";

export const portward: Peer = portwardFrom("portward", resolve(import.meta.dir, "../../bin/portward"));

/** @param program the executable, run as `PROGRAM run --config FILE --admin off` */
export function portwardFrom(name: string, program: string): Peer {
  return {
    name,
    logsToFile: true,
    launch: (site) => launchPortward(name, program, site),
    withoutCollection: { BUN_JSC_useGC: "0" },
  };
}

function launchPortward(name: string, program: string, site: Site): Launch {
  const file = `${name}-${site.port}.yaml`;
  return {
    files: { [file]: `${configuration(site)}\n` },
    command: [program, "run", "--config", file, "--admin", "off"],
  };
}

/** All routes share one upstream and with it one pool, as they do in the other peers. */
function configuration(site: Site): string {
  const routes =
    site.kind === "tcp"
      ? ["  - { kind: tcp, listen: in, upstream: origin }"]
      : routePrefixes(site).map(
          (prefix) => `  - { kind: http, listen: in, path: ${prefix}, upstream: origin }`,
        );
  const tls = `{ certificates: [ { cert: "${CERTIFICATE.cert}", key: "${CERTIFICATE.key}" } ] }`;
  return [
    "name: bench",
    `settings: { access_log: ${site.log ? `./access-${site.port}.log` : "off"}, via: true, limits: { requests_per_connection: 1000000000 } }`,
    `upstreams: { origin: { targets: ["127.0.0.1:${site.originPort}"], protocol: ${site.h2.upstream ? "h2" : "http1"} } }`,
    `listeners: { in: { address: "127.0.0.1:${site.port}"${site.tls ? `, tls: ${tls}` : ""} } }`,
    "routes:",
    ...routes,
  ].join("\n");
}
