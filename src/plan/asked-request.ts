/** A request and the socket at which it comes in: what both configurations are asked about. */
import type { RequestUrl } from "../config/values/request-url.ts";
import type { ExplainedRequest } from "../explain/request.ts";
import type { Socket } from "./socket.ts";

export interface AskedRequest extends ExplainedRequest {
  readonly socket: Socket;
}

export interface RequestParts {
  readonly method: string;
  /** The value of Host. */
  readonly authority: string;
  /** Path and query as a client would send them. */
  readonly target: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly from?: string | null;
}

export function askedAt(socket: Socket, parts: RequestParts): AskedRequest {
  const { method, authority, target, headers = [], from = null } = parts;
  return { socket, method, url: urlAt(socket, authority, target), headers, from };
}

/** What clients send as Host: the port is left out where it is the scheme's own. */
export function authorityAt({ address }: Socket, host: string): string {
  return address.kind === "tcp" && address.port !== 80 && address.port !== 0
    ? `${host}:${address.port}`
    : host;
}

/**
 * Made from its parts, because text of a log must not be read a second time. The URL shows the socket's port, so that
 * `explain` finds the same listener when somebody asks it.
 */
function urlAt({ address }: Socket, authority: string, target: string): RequestUrl {
  const host = hostOf(authority);
  const port = address.kind === "tcp" && address.port !== 0 ? address.port : null;
  const shown = port === null || port === 80 ? host : `${host}:${port}`;
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  return { text: `http://${shown}${target}`, scheme: "http", authority, host: bare, port, target };
}

function hostOf(authority: string): string {
  const colon = authority.lastIndexOf(":");
  return (colon > authority.lastIndexOf("]") ? authority.slice(0, colon) : authority).toLowerCase();
}
