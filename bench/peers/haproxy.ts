/**
 * HAProxy with one thread: connections to the origin are shared by all requests (`http-reuse always`), buffers are
 * larger than the packaged ones, as nginx's are (with 64 KiB, small requests would cost it a quarter more).
 */
import { readFileSync } from "node:fs";
import { CERTIFICATE, type Launch, type Peer, routePrefixes, type Site } from "./peer.ts";

export const haproxy: Peer = { name: "haproxy", launch: launchHaproxy };

function launchHaproxy(site: Site): Launch {
  const file = `haproxy-${site.port}.cfg`;
  const map = `haproxy-${site.port}.map`;
  const frontend = site.kind === "http" ? httpFrontend(site, map) : "  default_backend origin";
  return {
    files: {
      [file]: configuration(site, frontend),
      [map]: routeMap(site),
      ...(site.tls ? { [pemOf(site)]: certificateAndKey() } : {}),
    },
    command: ["haproxy", "-db", "-f", file],
  };
}

/** `no strict-limits`: what the descriptor limit allows is enough, though less than HAProxy would reserve. */
function configuration(site: Site, frontend: string): string {
  return `
global
  nbthread 1
  maxconn 16384
  no strict-limits
  tune.bufsize 32768

defaults
  mode ${site.kind}
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always

frontend in
  bind 127.0.0.1:${site.port} backlog 4096${site.h2.downstream ? " proto h2" : ""} ${site.tls ? tlsOptions(site) : ""}
${site.http1Port === undefined ? "" : `  bind 127.0.0.1:${site.http1Port} backlog 4096`}
${frontend}

backend origin
  server origin 127.0.0.1:${site.originPort}${site.h2.upstream ? " proto h2" : ""}
`;
}

function httpFrontend(site: Site, map: string): string {
  const choice = site.routes === 1 ? "default_backend origin" : `use_backend %[path,map_beg(${map})]`;
  return `
  unique-id-format %{+X}o%ci%cp%fi%fp%Ts%rt%pid
  unique-id-header X-Request-Id
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto ${site.tls ? "https" : "http"}
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header Via "1.1 bench"
  ${choice}`;
}

function tlsOptions(site: Site): string {
  return `ssl crt ${pemOf(site)} ssl-min-ver TLSv1.2 ciphersuites ${CERTIFICATE.suite} alpn http/1.1`;
}

/** HAProxy wants both in one file. */
function certificateAndKey(): string {
  return readFileSync(CERTIFICATE.cert, "utf8") + readFileSync(CERTIFICATE.key, "utf8");
}

function pemOf(site: Site): string {
  return `haproxy-${site.port}.pem`;
}

function routeMap(site: Site): string {
  return routePrefixes(site)
    .map((prefix) => `${prefix} origin\n`)
    .join("");
}
