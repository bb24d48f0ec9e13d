/**
 * Who begins a handshake, for a limit on them: a full one costs us as much as twenty small requests and the other side next to
 * nothing. A host with IPv6 has a /64 to itself, as a rule.
 */
export function handshakeSource(address: string): string {
  if (!address.includes(":")) return address;
  const [left, right] = address.split("::");
  const head = left === "" ? [] : left!.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const missing = right === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...new Array<string>(missing).fill("0"), ...tail].slice(0, 4).join(":");
}
