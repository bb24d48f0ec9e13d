/** Targets as foreign servers name them, and a name for the upstream that is made for one. */
import { formatTarget, parseTargetAddress } from "../../values/target-address.ts";

/** `10.0.0.1:3000` or `unix:/run/app.sock`; null when nothing native can be sent there. */
export function targetAddress(text: string, defaultPort: number | null): string | null {
  const bare = text.replace(/^unix:(.*?):?$/, "unix:$1");
  const written = parseTargetAddress(bare);
  const parsed = written.ok || defaultPort === null ? written : parseTargetAddress(`${bare}:${defaultPort}`);
  return parsed.ok ? formatTarget(parsed.value) : null;
}

/**
 * A name that says something: the target's own, else the path of what is sent there, else the server's.
 * @param prefix of the requests' paths; null when there is none
 */
export function upstreamName(address: string, prefix: string | null, server: string | null): string {
  const host = address.startsWith("unix:") ? "" : address.slice(0, address.lastIndexOf(":"));
  if (/[a-z]/i.test(host) && host !== "localhost" && !host.startsWith("[")) return host;
  return prefix === null || prefix === "/" ? (server ?? "main") : prefix;
}
