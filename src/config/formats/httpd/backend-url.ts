/** Where `ProxyPass` and `RewriteRule … [P]` send to: a server, a balancer, or something that is not spoken here. */
import { targetAddress } from "../http/target.ts";

export type BackendUrl =
  | { readonly kind: "target"; readonly address: string; readonly authority: string; readonly path: string }
  | { readonly kind: "balancer"; readonly name: string; readonly path: string }
  | { readonly kind: "unserved"; readonly why: string }
  | { readonly kind: "invalid" };

export function parseBackendUrl(text: string): BackendUrl {
  const [, socket, scheme, authority = "", path = ""] = URL_FORM.exec(text) ?? [];
  if (scheme === undefined) return { kind: "invalid" };
  const name = scheme.toLowerCase();
  if (name === "balancer") return { kind: "balancer", name: authority, path };
  // A WebSocket begins as a request of HTTP and goes to the same port.
  if (name !== "http" && name !== "ws")
    return { kind: "unserved", why: UNSERVED.get(name) ?? `${name} is not spoken` };
  const address = socket === undefined ? targetAddress(authority, 80) : targetAddress(`unix:${socket}`, null);
  return address === null ? { kind: "invalid" } : { kind: "target", address, authority, path };
}

/** `http://host:port/path`, `unix:/run/app.sock|http://host/path` */
const URL_FORM = /^(?:unix:(\/[^|]+)\|)?([a-z][a-z0-9+]*):\/\/([^/?]*)([/?].*)?$/i;

const TLS = "TLS to upstreams is not carried over yet";
const UNSERVED = new Map([
  ["https", TLS],
  ["wss", TLS],
  ["h2", "HTTP/2 to upstreams is not carried over yet"],
  ["h2c", "HTTP/2 to upstreams is not carried over yet"],
  ["ajp", "AJP is not spoken"],
  ["fcgi", "FastCGI is not spoken"],
  ["scgi", "SCGI is not spoken"],
  ["uwsgi", "uwsgi is not spoken"],
  ["ftp", "FTP is not spoken"],
]);
