/**
 * nginx as a proxy, tuned as somebody who knows it would: HTTP/1.1 and a keep-alive pool upstream, no limit of
 * requests per connection, no temporary files, buffers larger than the packaged ones (which halves what
 * large answers cost and changes nothing for small ones).
 */
import { CERTIFICATE, type Launch, type Peer, routePrefixes, type Site } from "./peer.ts";

export const nginx: Peer = { name: "nginx", launch: launchNginx, logsToFile: true };

function launchNginx(site: Site): Launch {
  const directory = `nginx-${site.port}`;
  const body = site.kind === "http" ? httpProxy(site, directory) : tcpProxy(site);
  return nginxLaunch(directory, body, site.kind === "tcp");
}

/** Also the origin's. Runs one worker under its master, as packaged installations do, with all state in `directory`. */
export function nginxLaunch(directory: string, body: string, stream: boolean): Launch {
  const configuration = [
    stream ? `load_module ${STREAM_MODULE};` : "",
    process.getuid?.() === 0 ? "user root;" : "",
    "daemon off;",
    `pid ${directory}/nginx.pid;`,
    "error_log stderr warn;",
    "worker_processes 1;",
    "events { worker_connections 16384; }",
    body,
  ];
  const file = `${directory}/nginx.conf`;
  return {
    files: { [file]: configuration.join("\n") },
    command: ["sh", "-c", `exec nginx -p "$PWD" -e stderr -c "$PWD/${file}"`],
  };
}

/** Directories that nginx would otherwise create below /var. */
export function temporaryPaths(directory: string): string {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return kinds.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join("\n");
}

function httpProxy(site: Site, directory: string): string {
  return `
http {
  ${temporaryPaths(directory)}
  access_log ${site.log ? `${directory}/access.log combined buffer=64k flush=1s` : "off"};
  keepalive_requests 1000000000;
  upstream origin {
    server 127.0.0.1:${site.originPort};
    keepalive 128;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${site.port} ${site.tls ? "ssl " : ""}backlog=4096${site.h2.downstream ? " http2" : ""};
    ${site.http1Port === undefined ? "" : `listen 127.0.0.1:${site.http1Port} backlog=4096;`}
    ${site.tls ? tlsDirectives() : ""}
    client_max_body_size 0;
    proxy_http_version 1.1;
    proxy_max_temp_file_size 0;
    proxy_buffers 8 32k;
    proxy_busy_buffers_size 64k;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Request-Id $request_id;
    proxy_set_header Via "1.1 bench";
    ${routePrefixes(site)
      .map((prefix) => `location ${prefix} { proxy_pass http://origin; }`)
      .join("\n    ")}
  }
}`;
}

/** Sessions as a site with many visitors would have them: by ticket, and in a cache for TLS 1.2. */
function tlsDirectives(): string {
  return `
    ssl_certificate ${CERTIFICATE.cert};
    ssl_certificate_key ${CERTIFICATE.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_conf_command Ciphersuites ${CERTIFICATE.suite};
    ssl_session_cache shared:bench:16m;
    ssl_session_tickets on;`;
}

function tcpProxy(site: Site): string {
  return `
stream {
  access_log off;
  server {
    listen 127.0.0.1:${site.port} backlog=4096;
    proxy_buffer_size 64k;
    proxy_pass 127.0.0.1:${site.originPort};
  }
}`;
}

export const STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so";
