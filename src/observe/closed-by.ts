/** Who ended a connection first, as far as a failure tells: the question that a 502 and a broken download raise. */
import type { ErrorCode } from "../base/proxy-error.ts";

export type CloseSide = "downstream" | "upstream" | "proxy";

/** @returns null when no connection was ended: nobody was connected to, or the answer went out as any other */
export function closedBy(code: ErrorCode): CloseSide | null {
  if (DOWNSTREAM_LEFT.test(code)) return "downstream";
  if (UPSTREAM_LEFT.test(code)) return "upstream";
  return NEVER_CONNECTED.test(code) ? null : "proxy";
}

/** Or would not take what a handshake offered. */
const DOWNSTREAM_LEFT = /^(request\.aborted|tls\.(handshake|client_certificate))$/;
const UPSTREAM_LEFT = /^upstream\.(closed|reset)_/;
/** What happens before there is a connection to a target, or one that will do, and leaves the client's open. */
const NEVER_CONNECTED =
  /^(route\.not_found|upstream\.(name_not_found|refused|unreachable|connect_timeout|no_target|circuit_open|refused_stream|no_web_socket|tls_\w+)|limit\.(target_connections|pending_connects|upstream_requests|queue_timeout))$/;
