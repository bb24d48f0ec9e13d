/** Where to send: `10.0.0.1:3000`, `[::1]:3000`, `http://api.local`, `https://api.local`, `unix:/run/app.sock`. */
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { TargetModel } from "../model.ts";
import { parseHost } from "./host-name.ts";
import { fault, type ValueFault } from "./value-fault.ts";

export type TargetAddress = TargetModel["address"];

export function parseTargetAddress(text: string): Result<TargetAddress, ValueFault> {
  if (text.startsWith("unix:")) return parseTargetSocket(text.slice("unix:".length));
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return parseHostAndPort(text, text, null);
  if (scheme === "http") return parseUrl(text, scheme, 80);
  if (scheme === "https") return withTls(parseUrl(text, scheme, 443));
  if (scheme === "tls") return withTls(parseUrl(text, scheme, null));
  return fault("value.target", `the scheme ${quoted(scheme)} is not known`, TARGET_FORM);
}

/** The path of a Unix socket, absolute and short enough for every system (as in `listen-address.ts`). */
export function parseTargetSocket(path: string): Result<TargetAddress, ValueFault> {
  if (!path.startsWith("/") || Buffer.byteLength(path) > 103) {
    return fault("value.target", `${quoted(path)} is not an absolute path of at most 103 bytes`);
  }
  return ok({ kind: "unix", path });
}

export function targetPort(text: string): Result<number, ValueFault> {
  if (!/^[0-9]+$/.test(text)) return fault("value.target", `${quoted(text)} is not a port`, TARGET_FORM);
  const port = Number(text);
  if (port >= 1 && port <= 65_535) return ok(port);
  return fault("value.target", `port ${port} is out of range: ports go from 1 to 65535`);
}

/** `10.0.0.1:3000`, for messages and for finding a target that is listed twice. */
export function formatTarget(address: TargetAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const scheme = address.tls === true ? "tls://" : "";
  return (
    scheme +
    (address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`)
  );
}

function withTls(parsed: Result<TargetAddress, ValueFault>): Result<TargetAddress, ValueFault> {
  return parsed.ok && parsed.value.kind === "tcp" ? ok({ ...parsed.value, tls: true }) : parsed;
}

function parseUrl(
  text: string,
  scheme: string,
  defaultPort: number | null,
): Result<TargetAddress, ValueFault> {
  const [authority, ...rest] = text.slice(scheme.length + "://".length).split("/");
  if (rest.join("/") !== "") {
    const hint = "a target has no path; change the path with `rewrite` on the route";
    return fault("value.target", `${quoted(text)} has a path`, hint);
  }
  return parseHostAndPort(text, authority!, defaultPort);
}

function parseHostAndPort(
  text: string,
  authority: string,
  defaultPort: number | null,
): Result<TargetAddress, ValueFault> {
  const [, host, portText] = AUTHORITY.exec(authority) ?? [];
  if (host === undefined) return fault("value.target", `${quoted(text)} is not a target`, hintFor(authority));
  if (portText === undefined && defaultPort === null) {
    return fault(
      "value.target",
      `${quoted(text)} has no port`,
      `write \`${host}:80\`, or the port it listens on`,
    );
  }
  const port = portText === undefined ? ok(defaultPort!) : targetPort(portText);
  if (!port.ok) return port;
  const name = parseHost(host);
  if (!name.ok) return fault("value.target", name.error.message, name.error.suggestion);
  return ok({ kind: "tcp", host: name.value, port: port.value });
}

function hintFor(authority: string): string {
  const [, address, port] = /^([0-9a-fA-F:.]*:[0-9a-fA-F:.]*):([0-9]+)$/.exec(authority) ?? [];
  return address === undefined ? TARGET_FORM : `write IPv6 in brackets: \`[${address}]:${port}\``;
}

export const TARGET_FORM =
  "write `host:port`, `[::1]:3000`, `http://host:port`, `https://host:port`, `tls://host:port` or `unix:/path`";

/** A bracketed IPv6 address, or anything without a colon; then perhaps a port. */
const AUTHORITY = /^(\[[^\]]*\]|[^:[\]]+)(?::([^:]*))?$/;
