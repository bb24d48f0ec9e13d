/**
 * Whether this process may listen on low ports, where that can be known: on Linux, where the kernel says from
 * which port on anybody may, and /proc says whether the process has the right to all others.
 */
import { readFileSync } from "node:fs";

export interface PortRights {
  /** This port and all above are free to anybody. */
  readonly firstFreePort: number;
  /** Whether this process may have those below as well. */
  readonly hasAll: boolean;
}

/** Null where it cannot be known. */
export function portRights(): PortRights | null {
  const limit = numberIn("/proc/sys/net/ipv4/ip_unprivileged_port_start", /^(\d+)/, 10);
  const capabilities = numberIn("/proc/self/status", /^CapEff:\s*([0-9a-f]+)/m, 16);
  if (limit === null || capabilities === null) return null;
  const hasRight = Math.floor(capabilities / 2 ** CAP_NET_BIND_SERVICE) % 2 === 1;
  return { firstFreePort: limit, hasAll: hasRight };
}

function numberIn(file: string, pattern: RegExp, base: number): number | null {
  try {
    const text = pattern.exec(readFileSync(file, "utf8"))?.[1];
    return text === undefined ? null : Number.parseInt(text, base);
  } catch {
    return null;
  }
}

/** capabilities(7) */
const CAP_NET_BIND_SERVICE = 10;
