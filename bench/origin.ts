/** nginx as an origin on the load's core, for the workloads whose load is not our own. */
import { nginxLaunch, temporaryPaths } from "./peers/nginx.ts";
import type { Launch } from "./peers/peer.ts";
import { RICH_ANSWER, RICH_BODY, SMALL_BODY } from "./workloads/messages.ts";

export const SMALL_PATH = "/small";
/** The body of `rich`, with as many fields. */
export const RICH_PATH = "/catalogue/new";
export const BIG_PATH = "/big";
export const BIG_BYTES = 1024 * 1024;
/** A unary call: an answer of one message of 64 bytes, and its status behind it. */
export const CALL_PATH = "/bench.Echo/Say";
export const CALL_ANSWER = `\0\0\0\0\x40${"y".repeat(64)}`;
/** Answers with the fields that it received, in the form of a request head. */
export const FIELDS_PATH = "/fields";

export function launchOrigin(port: number, h2: boolean): Launch {
  const directory = `origin-${port}`;
  const { files, command } = nginxLaunch(directory, configuration(port, h2, directory), false);
  const served = {
    [`${directory}/files${BIG_PATH}`]: "x".repeat(BIG_BYTES),
    [`${directory}/files${CALL_PATH}`]: CALL_ANSWER,
  };
  return { files: { ...files, ...served }, command };
}

function configuration(port: number, h2: boolean, directory: string): string {
  return `
http {
  ${temporaryPaths(directory)}
  access_log off;
  sendfile on;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  default_type text/plain;
  server {
    listen 127.0.0.1:${port} backlog=4096${h2 ? " http2" : ""};
    http2_max_concurrent_streams 1024;
    location = ${SMALL_PATH} { return 200 '${SMALL_BODY}'; }
    location = ${RICH_PATH} { ${fieldLines(RICH_ANSWER)} return 200 '${RICH_BODY}'; }
    location = ${BIG_PATH} { root ${directory}/files; }
    location = ${CALL_PATH} {
      root ${directory}/files;
      default_type application/grpc;
      add_trailer grpc-status 0;
      # A file is nothing to POST to, so what says so is the file.
      error_page 405 =200 $uri;
    }
    location = ${FIELDS_PATH} { return 200 "${RECEIVED_FIELDS.join("\\r\\n")}"; }
  }
}`;
}

/** Those that nginx does not set by itself. */
function fieldLines(answer: string): string {
  const lines = answer.split("\r\n\r\n", 1)[0]!.split("\r\n").slice(1);
  const own = /^(?:server|date|content-length|content-type):/i;
  return lines
    .filter((line) => !own.test(line))
    .map((line) => `add_header ${line.replace(/: (.*)$/, " '$1'")};`)
    .join(" ");
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
