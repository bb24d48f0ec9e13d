/**
 * The proxies under faults, each told to hide what it can for requests that mean the same twice: another target after a
 * failure, 300 ms for an answer, three attempts. What each does besides (nginx and Portward take a target out that
 * fails again and again) is left as it comes.
 */
import { resolve } from "node:path";
import { nginxLaunch, temporaryPaths } from "../peers/nginx.ts";
import type { Launch } from "../peers/peer.ts";

export interface FaultSite {
  readonly port: number;
  /** The first one is faulty. */
  readonly targets: readonly string[];
}

export interface Contestant {
  readonly name: string;
  launch(site: FaultSite): Launch;
}

export const CONTESTANTS: readonly Contestant[] = [
  { name: "portward", launch: launchPortward },
  { name: "nginx", launch: launchNginx },
  { name: "haproxy", launch: launchHaproxy },
];

function launchPortward({ port, targets }: FaultSite): Launch {
  const file = `faults-portward-${port}.yaml`;
  const text = `
settings: { timeouts: { connect: 300ms, response: 1s, idle: 1s } }
upstreams: { pair: { balance: round_robin, targets: ${JSON.stringify(targets)} } }
routes:
  - listen: 127.0.0.1:${port}
    path: /
    upstream: pair
    retry: { after: [connect, reset, timeout, malformed], statuses: [503], per_try: 300ms, attempts: 3 }
`;
  const program = resolve(import.meta.dir, "../../bin/portward");
  return {
    files: { [file]: text },
    command: [program, "run", "--config", file, "--admin", "off", "--workers", "1"],
  };
}

function launchNginx({ port, targets }: FaultSite): Launch {
  const directory = `faults-nginx-${port}`;
  const servers = targets.map((target) => `server ${target};`).join(" ");
  return nginxLaunch(
    directory,
    `
http {
  ${temporaryPaths(directory)}
  access_log off;
  upstream pair { ${servers} keepalive 32; }
  server {
    listen 127.0.0.1:${port};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_connect_timeout 300ms;
    proxy_read_timeout 300ms;
    proxy_next_upstream error timeout invalid_header http_503;
    proxy_next_upstream_tries 3;
    location / { proxy_pass http://pair; }
  }
}`,
    false,
  );
}

function launchHaproxy({ port, targets }: FaultSite): Launch {
  const file = `faults-haproxy-${port}.cfg`;
  const servers = targets.map((target, i) => `  server target${i} ${target}`).join("\n");
  const text = `
global
  nbthread 1
defaults
  mode http
  timeout connect 300ms
  timeout client 10s
  timeout server 300ms
  retries 2
  option redispatch 1
  retry-on conn-failure empty-response junk-response response-timeout 503
frontend in
  bind 127.0.0.1:${port}
  default_backend pair
backend pair
  balance roundrobin
${servers}
`;
  return { files: { [file]: text }, command: ["haproxy", "-db", "-f", file] };
}
