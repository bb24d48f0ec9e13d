/** Where the admin address is, and whether strangers can reach it there. */
import { isIP } from "node:net";
import { err, ok, type Result } from "../../base/result.ts";
import type { AdminSettings } from "../../config/model.ts";
import { canonicalIp } from "../../config/values/host-name.ts";

export interface AdminAddress {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** @param text `HOST:PORT` or `[::1]:PORT`, already checked */
export function parseAdminAddress(text: string): AdminAddress {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
}

export function isLoopback({ host }: AdminAddress): boolean {
  if (isIP(host) === 4) return host.startsWith("127.");
  return isIP(host) === 6 ? canonicalIp(host) === "::1" : host.toLowerCase() === "localhost";
}

/** Whoever can reach the admin address can stop the proxy, so beyond this machine it asks for a token or a certificate. */
export function checkProtected(
  address: AdminAddress,
  { token, tls }: Pick<AdminSettings, "token" | "tls">,
): Result<null, string> {
  const asksForSomething = token !== null || (tls !== null && tls.clientCa !== null);
  if (asksForSomething || isLoopback(address)) return ok(null);
  const shown = address.host.includes(":") ? `[${address.host}]` : address.host;
  return err(
    `the admin address ${shown}:${address.port} can be reached from other machines, and neither a token nor client certificates protect it; set \`settings.admin.token\` or \`settings.admin.tls.client_ca\`, or use a loopback address such as 127.0.0.1:${address.port}`,
  );
}
