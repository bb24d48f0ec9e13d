/** `host` of a route: a name, an address, or `*.example.org` for one or more labels in front. */
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { canonicalIp, parseHost } from "./host-name.ts";
import { fault, type ValueFault } from "./value-fault.ts";

/** As it is compared with a request's host: lower case, IPv6 in brackets, no port. */
export function parseHostPattern(text: string): Result<string, ValueFault> {
  if (text === "*") return fault("value.host", "`*` is no host", "leave `host` out to match any");
  const wildcard = text.startsWith("*.");
  const bare = wildcard ? text.slice(2) : text;
  if (bare.includes("*")) {
    return fault(
      "value.host",
      `${quoted(text)} has a \`*\` inside`,
      "a wildcard stands in front: `*.example.org`",
    );
  }
  const host = parseHost(bare);
  if (!host.ok) return host;
  if (canonicalIp(bare) === null) return ok(wildcard ? `*.${host.value}` : host.value);
  if (wildcard) return fault("value.host", `${quoted(text)} puts a wildcard in front of an address`);
  return ok(host.value.includes(":") ? `[${host.value}]` : host.value);
}
