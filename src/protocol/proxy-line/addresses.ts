/** IP addresses between text and bytes, in the one spelling each has: the grammar of both versions leaves no choice. */

/** Null when it is not an IPv4 address without leading zeros. */
export function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => IPV4_PART.test(part) && Number(part) < 256)) return null;
  return Uint8Array.from(parts, Number);
}

/** Null when it is not an IPv6 address; a zone is none of its parts. */
export function parseIpv6(text: string): Uint8Array | null {
  const plain = withoutIpv4Tail(text);
  if (plain === null || !IPV6.test(plain)) return null;
  const [left, right, ...more] = plain.split("::");
  if (more.length > 0) return null;
  const head = groups(left!);
  const tail = right === undefined ? [] : groups(right);
  const missing = 8 - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return null;
  const all = [...head, ...new Array<string>(missing).fill("0"), ...tail];
  if (!all.every((group) => GROUP.test(group))) return null;
  return Uint8Array.from(
    all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}

export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join(".");
}

/** As RFC 5952 writes it: lower case, no leading zeros, the longest run of zeros as `::`. */
export function formatIpv6(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  const { start, count } = longestZeroRun(words);
  const text = (from: number, to: number): string =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(":");
  return count < 2 ? text(0, 8) : `${text(0, start)}::${text(start + count, 8)}`;
}

function groups(text: string): string[] {
  return text === "" ? [] : text.split(":");
}

/** `::ffff:192.0.2.1` with the tail as two groups; null when the tail is wrong. */
function withoutIpv4Tail(text: string): string | null {
  if (!text.includes(".")) return text;
  const at = text.lastIndexOf(":") + 1;
  const tail = parseIpv4(text.slice(at));
  if (tail === null) return null;
  const [a, b, c, d] = tail;
  return `${text.slice(0, at)}${((a! << 8) | b!).toString(16)}:${((c! << 8) | d!).toString(16)}`;
}

function longestZeroRun(words: readonly number[]): { start: number; count: number } {
  let best = { start: 0, count: 0 };
  let start = 0;
  for (let i = 0; i < words.length; i++) {
    if (words[i] !== 0) start = i + 1;
    else if (i + 1 - start > best.count) best = { start, count: i + 1 - start };
  }
  return best;
}

const IPV4_PART = /^(?:0|[1-9][0-9]{0,2})$/;
const IPV6 = /^[0-9a-fA-F:]+$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
