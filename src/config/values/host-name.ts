/**
 * Host names and IP addresses as a configuration may write them: one canonical spelling each, so that
 * `[0:0::1]` and `[::1]`, `Example.org` and `example.org` are the same to everything that compares.
 */
import { isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { fault, type ValueFault } from "./value-fault.ts";

/** An IP address without brackets, or a name in lower case (RFC 1123 section 2.1; `_` is common inside clusters). */
export function parseHost(text: string): Result<string, ValueFault> {
  const address = canonicalIp(text);
  if (address !== null) return ok(address);
  const name = canonicalName(text);
  if (name !== null) return ok(name);
  return fault("value.host", `${quoted(text)} is not a host name or IP address`, hostHint(text));
}

/** The canonical spelling of an IP address, brackets optional around IPv6; null for anything else. */
export function canonicalIp(text: string): string | null {
  if (isIPv4(text)) return text;
  const inner = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (!isIPv6(inner)) return null;
  // A zone (`fe80::1%eth0`) has no place in a URL and is kept as written.
  if (inner.includes("%")) return inner.toLowerCase();
  return new URL(`http://[${inner}]`).hostname.slice(1, -1);
}

/** Lower case, international names in their ASCII form; null when no DNS name can look like this. */
export function canonicalName(text: string): string | null {
  const name = (NON_ASCII.test(text) ? domainToASCII(text) : text).toLowerCase();
  if (name.length > 253 || !NAME.test(name)) return null;
  // `10.0.0` or `256.1.1.1`: somebody meant an IPv4 address, and resolvers would each guess another one.
  return ONLY_DIGITS.test(name) ? null : name;
}

function hostHint(text: string): string | null {
  if (text === "") return null;
  if (ONLY_DIGITS.test(text)) return "an IPv4 address has four numbers from 0 to 255";
  if (text.includes("/")) return "write the host alone, without scheme and path";
  if (/:[0-9]+$/.test(text)) return "write the host alone, without the port";
  if (text.endsWith(".")) return `write \`${text.slice(0, -1)}\``;
  return null;
}

const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const ONLY_DIGITS = /^[0-9.]+$/;
const NON_ASCII = /[^\u0000-\u007f]/;
