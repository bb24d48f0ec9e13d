/** Whether certificates may be had for a name once somebody asks: by the hosts that were named, or by whoever is asked. */
import { HostIndex, parseHost } from "../routing/host-index.ts";

/** @param hosts as in routes; empty: any name that a public host may have, since somebody else is asked */
export function hostRule(hosts: readonly string[]): (name: string) => boolean {
  if (hosts.length === 0) return isHostName;
  const index = new HostIndex([...new Set(hosts)].flatMap(entryOf));
  return (name) => isHostName(name) && index.find(name, null) !== null;
}

/** At least two labels, the last of which is no number: neither an address nor anything that leads out of a directory. */
export function isHostName(name: string): boolean {
  return name.length <= LONGEST && NAME.test(name);
}

/** The configuration has seen to it that it is one. */
function entryOf(host: string) {
  const parsed = parseHost(host);
  return parsed.ok ? [[parsed.value, true as const] as const] : [];
}

const LONGEST = 253;
const NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
