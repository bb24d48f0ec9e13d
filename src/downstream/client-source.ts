/**
 * Who an address stands for where clients are counted one by one: of handshakes, and of connections that had to be ended. A
 * host with IPv6 has a /64 to itself, as a rule.
 */
export function clientSource(address: string): string {
  if (!address.includes(":")) return address;
  const [left, right] = address.split("::");
  const head = left === "" ? [] : left!.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const missing = right === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...new Array<string>(missing).fill("0"), ...tail].slice(0, 4).join(":");
}
