/**
 * The addresses of all servers of one protocol. nginx keeps IPv4 and IPv6 apart, a native listener on a port has
 * both: where servers listen on both, the two become one.
 */
import { quoted } from "../../diagnostics/wording.ts";
import type { Findings } from "../findings.ts";
import type { Listen } from "./listen.ts";

/** @returns the native address of each, by the address in `Listen` */
export function nativeAddresses(
  servers: readonly (readonly Listen[])[],
  findings: Findings,
): ReadonlyMap<string, string> {
  const native = new Map<string, string>();
  const all = new Set(servers.flat().map(({ address }) => address));
  for (const address of all) {
    const [, family, port] = /^(0\.0\.0\.0|\[::\]):(\d+)$/.exec(address) ?? [];
    const both = port !== undefined && all.has(`0.0.0.0:${port}`) && all.has(`[::]:${port}`);
    native.set(address, both ? port : address);
    if (family === "[::]" && !both) noteFamily(servers, address, findings);
    if (both) noteLone(servers, address, family === "[::]" ? `0.0.0.0:${port}` : `[::]:${port}`, findings);
  }
  return native;
}

/** With the native addresses, each once; it is the default where one of those that became one is. */
export function withNative(listens: readonly Listen[], native: ReadonlyMap<string, string>): Listen[] {
  const merged = new Map<string, Listen>();
  for (const listen of listens) {
    const address = native.get(listen.address)!;
    const known = merged.get(address);
    merged.set(address, {
      ...(known ?? listen),
      address,
      isDefault: listen.isDefault || known?.isDefault === true,
      tls: listen.tls || known?.tls === true,
    });
  }
  return [...merged.values()];
}

function noteFamily(servers: readonly (readonly Listen[])[], address: string, findings: Findings): void {
  const listen = servers.flat().find((each) => each.address === address)!;
  findings.note("convert.differs", listen.directive.head, `${quoted(address)} takes IPv4 as well`);
}

/** A server on one family only, while the port has both. */
function noteLone(
  servers: readonly (readonly Listen[])[],
  address: string,
  other: string,
  findings: Findings,
): void {
  for (const listens of servers) {
    const own = listens.find((listen) => listen.address === address);
    if (own === undefined || listens.some((listen) => listen.address === other)) continue;
    const message =
      "the server is reached by IPv4 and IPv6 alike, because another one listens on the same port with both";
    findings.note("convert.differs", own.directive.head, message);
  }
}
