/**
 * The few system calls that the runtime's sockets do not offer, through libc. All are optional: where libc
 * cannot be opened, each says `unknown` and the caller does without.
 */
import { dlopen, ptr } from "bun:ffi";

/** What waits in a socket's receive buffer; `closed` covers FIN and RST. */
export type SocketState = "clean" | "unread" | "closed" | "unknown";

const MSG_PEEK = 0x2;
const MSG_DONTWAIT = process.platform === "darwin" ? 0x80 : 0x40;
/** A broken connection must not end the process with SIGPIPE; on macOS the runtime has set SO_NOSIGPIPE. */
const SEND_FLAGS = process.platform === "darwin" ? MSG_DONTWAIT : MSG_DONTWAIT | 0x4000;

/**
 * Looks without taking: proof that an idle pooled connection is alive and holds no stray bytes. Costs one
 * system call (about 0.4 µs), so ask only of connections that have been idle for a while.
 */
export function peekSocket(fd: number): SocketState {
  if (libc === null || fd < 0) return "unknown";
  const count = libc.symbols.recv(fd, PEEKED, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count > 0) return "unread";
  // Without errno, -1 may be EAGAIN (clean) or an error; an error has raised the close event already.
  return count === 0 ? "closed" : "clean";
}

/**
 * Sends what the kernel takes at once, and gives how much that was; 0 when it takes nothing, whatever the
 * reason: the runtime's own `write` must follow, which tells reasons apart and waits for room. Costs 0.2 µs less
 * than that `write`, which is 2 % of a request.
 */
export function sendNow(fd: number, bytes: Buffer, start: number, length: number): number {
  if (libc === null || fd < 0) return 0;
  const count = libc.symbols.send(fd, start === 0 ? bytes : ptr(bytes, start), length, SEND_FLAGS);
  return Math.max(count, 0);
}

/**
 * Bytes that the kernel holds because the peer has not acknowledged them. Its buffers hold megabytes: a slow
 * reader that is doing well may free no room in them for a minute. 0 where the system does not tell.
 */
export function unacknowledgedBytes(fd: number): number {
  if (libc === null || fd < 0 || process.platform !== "linux") return 0;
  return libc.symbols.ioctl(fd, SIOCOUTQ, OUT_QUEUE) === 0 ? OUT_QUEUE[0]! : 0;
}

/**
 * The address of an IPv4 peer as text, null for any other or where it cannot be had this way. The runtime's own
 * getter costs 0.9 µs, this 0.4 µs, which matters to connections that carry one request.
 */
export function peerIpv4(fd: number): string | null {
  if (libc === null || fd < 0 || process.platform !== "linux") return null;
  PEER_LENGTH[0] = PEER.length;
  if (libc.symbols.getpeername(fd, PEER, PEER_LENGTH) !== 0) return null;
  const family = PEER[0]! | (PEER[1]! << 8);
  const at = family === AF_INET ? 4 : family === AF_INET6 && isMapped() ? 20 : -1;
  if (at < 0) return null;
  return `${OCTETS[PEER[at]!]}.${OCTETS[PEER[at + 1]!]}.${OCTETS[PEER[at + 2]!]}.${OCTETS[PEER[at + 3]!]}`;
}

/** `::ffff:a.b.c.d`: the address begins at byte 8 of a sockaddr_in6. */
function isMapped(): boolean {
  for (let i = 8; i < 18; i++) if (PEER[i] !== 0) return false;
  return PEER[18] === 0xff && PEER[19] === 0xff;
}

const AF_INET = 2;
const AF_INET6 = 10;
const PEER = new Uint8Array(32);
const PEER_LENGTH = new Uint32Array(1);
const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => String(octet));
const PEEKED = new Uint8Array(1);
const OUT_QUEUE = new Int32Array(1);
const SIOCOUTQ = 0x5411;

const SYMBOLS = {
  recv: { args: ["i32", "ptr", "usize", "i32"], returns: "i32" },
  send: { args: ["i32", "ptr", "usize", "i32"], returns: "i32" },
  getpeername: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
} as const;
const libc = openLibc();

function openLibc() {
  const names = process.platform === "darwin" ? ["libSystem.B.dylib"] : ["libc.so.6", "libc.so"];
  for (const name of names) {
    try {
      return dlopen(name, SYMBOLS);
    } catch {
      // The next name, or none at all.
    }
  }
  return null;
}
