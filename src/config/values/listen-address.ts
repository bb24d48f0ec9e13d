/** Where to listen: `5000`, `127.0.0.1:5000`, `[::1]:5000`, `unix:/run/web.sock`. */
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { Address } from "../model.ts";
import { canonicalIp } from "./host-name.ts";
import { fault, type ValueFault } from "./value-fault.ts";

export function parseListenAddress(text: string): Result<Address, ValueFault> {
  if (text.startsWith("unix:")) return parseSocketPath(text.slice("unix:".length));
  const separator = text.lastIndexOf(":");
  const host = separator === -1 ? "" : text.slice(0, separator);
  const port = parseListenPort(text.slice(separator + 1));
  if (!port.ok) return port;
  if (host === "" || host === "*") return ok({ kind: "tcp", host: null, port: port.value });
  return withHost(text, host, port.value);
}

/** A port to listen on. 0 lets the system choose a free one, which tests need. */
export function parseListenPort(text: string): Result<number, ValueFault> {
  if (!/^[0-9]+$/.test(text)) {
    return fault("value.address", `${quoted(text)} is not a port`, LISTEN_FORM);
  }
  return listenPort(Number(text));
}

export function listenPort(port: number): Result<number, ValueFault> {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return ok(port);
  return fault("value.address", `port ${port} is out of range: ports go from 1 to 65535`);
}

/** The name of a listener that no document names: `:5000`, `127.0.0.1:5000`, `unix:/run/web.sock`. */
export function formatAddress(address: Address): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  if (address.host === null) return `:${address.port}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function withHost(text: string, host: string, port: number): Result<Address, ValueFault> {
  if (host.includes(":") && !host.startsWith("[")) {
    return fault(
      "value.address",
      `${quoted(text)} is not an address`,
      `write IPv6 in brackets: \`[${host}]:${port}\``,
    );
  }
  // One listener is one socket. Browsers that try ::1 first fall back to this within milliseconds.
  if (host === "localhost") return ok({ kind: "tcp", host: "127.0.0.1", port });
  const ip = canonicalIp(host);
  // A socket on `::` takes IPv4 as well, which makes it the same as no host at all.
  if (ip === "::") return ok({ kind: "tcp", host: null, port });
  if (ip === null) return fault("value.address", `${quoted(host)} is not an IP address`, LISTEN_FORM);
  return ok({ kind: "tcp", host: ip, port });
}

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with the final NUL. */
function parseSocketPath(path: string): Result<Address, ValueFault> {
  if (!path.startsWith("/")) {
    return fault(
      "value.address",
      `the socket path ${quoted(path)} is not absolute`,
      "write `unix:/run/web.sock`",
    );
  }
  if (Buffer.byteLength(path) > 103) {
    return fault("value.address", "the socket path is longer than the 103 bytes that systems allow");
  }
  return ok({ kind: "unix", path });
}

export const LISTEN_FORM =
  "write a port (`5000`), an address (`127.0.0.1:5000`, `[::1]:5000`) or `unix:/path`";
