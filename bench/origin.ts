/** nginx as an origin on the load's core, for the workloads whose load is not our own. */
import { nginxLaunch, temporaryPaths } from "./peers/nginx.ts";
import type { Launch } from "./peers/peer.ts";
import { SMALL_BODY } from "./workloads/messages.ts";

export const SMALL_PATH = "/small";
/** Answers with the fields that it received, in the form of a request head. */
export const FIELDS_PATH = "/fields";

export function launchOrigin(port: number): Launch {
  return nginxLaunch("origin", configuration(port), false);
}

function configuration(port: number): string {
  return `
http {
  ${temporaryPaths("origin")}
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  default_type text/plain;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = ${SMALL_PATH} { return 200 '${SMALL_BODY}'; }
    location = ${FIELDS_PATH} { return 200 "${RECEIVED_FIELDS.join("\\r\\n")}"; }
  }
}`;
}

const RECEIVED_FIELDS = [
  "GET /fields HTTP/1.1",
  "host: $http_host",
  "x-forwarded-for: $http_x_forwarded_for",
  "x-forwarded-proto: $http_x_forwarded_proto",
  "x-forwarded-host: $http_x_forwarded_host",
  "x-request-id: $http_x_request_id",
  "via: $http_via",
];
