/** IP networks as `10.0.0.0/8` and name servers as `1.1.1.1:53`. */
import { isIPv4 } from "node:net";
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { canonicalIp } from "./host-name.ts";
import { fault, type ValueFault } from "./value-fault.ts";

/** Canonical CIDR; a lone address becomes a network of one. */
export function parseNetwork(text: string): Result<string, ValueFault> {
  const [address, bits, ...rest] = text.split("/");
  const ip = canonicalIp(address!);
  if (ip === null || rest.length > 0) {
    return fault("value.network", `${quoted(text)} is not an IP address or network`, NETWORK_FORM);
  }
  const width = isIPv4(ip) ? 32 : 128;
  if (bits === undefined) return ok(`${ip}/${width}`);
  if (!/^[0-9]{1,3}$/.test(bits) || Number(bits) > width) {
    return fault("value.network", `a prefix of ${quoted(bits)} bits is out of range: 0 to ${width}`);
  }
  return networkOf(ip, Number(bits));
}

/** `address` or `address:port`, with port 53 in place. */
export function parseNameServer(text: string): Result<string, ValueFault> {
  const bare = canonicalIp(text);
  if (bare !== null) return ok(withPort(bare, 53));
  const [, address, port] = /^(.*):([0-9]{1,5})$/.exec(text) ?? [];
  const ip = address === undefined ? null : canonicalIp(address);
  if (ip === null || Number(port) < 1 || Number(port) > 65_535) {
    return fault(
      "value.network",
      `${quoted(text)} is not the address of a name server`,
      "write `1.1.1.1` or `1.1.1.1:53`",
    );
  }
  return ok(withPort(ip, Number(port)));
}

function withPort(ip: string, port: number): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** Bits beyond the prefix are a slip more often than a wish: `10.0.0.1/8` trusts 16 million addresses. */
function networkOf(ip: string, bits: number): Result<string, ValueFault> {
  const first = firstAddress(ip, bits);
  if (first === ip) return ok(`${ip}/${bits}`);
  const hint = `write \`${first}/${bits}\` for the network, or \`${ip}\` for the one address`;
  return fault("value.network", `${quoted(`${ip}/${bits}`)} has bits set beyond its prefix`, hint);
}

function firstAddress(ip: string, bits: number): string {
  const groups = isIPv4(ip) ? ip.split(".").map(Number) : ipv6Groups(ip);
  const width = isIPv4(ip) ? 8 : 16;
  const masked = groups.map((group, index) => {
    const kept = Math.max(0, Math.min(width, bits - index * width));
    return group & ~((1 << (width - kept)) - 1);
  });
  if (isIPv4(ip)) return masked.join(".");
  return canonicalIp(masked.map((group) => group.toString(16)).join(":"))!;
}

/** Eight 16-bit groups of a canonical address without an embedded IPv4 part. */
function ipv6Groups(ip: string): number[] {
  const [before, after] = ip.split("::");
  const head = before === "" ? [] : before!.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
}

const NETWORK_FORM = "write `10.0.0.0/8`, `2001:db8::/32` or a single address";
