/**
 * Why the kernel would not even send to an address. The runtime says ECONNREFUSED for whatever keeps a connection
 * from being made; a datagram socket that is connected sends nothing, but asks the kernel for the way. What a
 * router far away says stays unknown. Linux only; elsewhere, and without libc, nothing is known.
 */
import { dlopen, ptr, read } from "bun:ffi";
import { constants } from "node:os";

/** `ENETUNREACH`, `EHOSTUNREACH`, `EACCES` and the like; null when there is a way, or nothing is known. */
export function routeFailure(ip: string): string | null {
  if (libc === null) return null;
  const family = ip.includes(":") ? AF_INET6 : AF_INET;
  const address = socketAddress(libc, family, ip);
  if (address === null) return null;
  const descriptor = libc.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return null;
  const result = libc.connect(descriptor, address, address.length);
  const word = result < 0 ? errnoWord(libc) : null;
  libc.close(descriptor);
  return word;
}

/** struct sockaddr_in or sockaddr_in6, with a port that is never used. */
function socketAddress(calls: Libc, family: number, ip: string): Uint8Array | null {
  const address = new Uint8Array(family === AF_INET6 ? 28 : 16);
  address[0] = family;
  address[3] = 9;
  const at = family === AF_INET6 ? 8 : 4;
  return calls.inet_pton(family, Buffer.from(`${ip}\0`), ptr(address, at)) === 1 ? address : null;
}

function errnoWord(calls: Libc): string | null {
  const place = calls.__errno_location();
  return place === null ? null : (WORDS.get(read.i32(place, 0)) ?? null);
}

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const WORDS = new Map(Object.entries(constants.errno).map(([word, errno]) => [errno, word]));

type Libc = NonNullable<ReturnType<typeof openLibc>>;
const libc = process.platform === "linux" ? openLibc() : null;

function openLibc() {
  try {
    return dlopen("libc.so.6", {
      socket: { args: ["i32", "i32", "i32"], returns: "i32" },
      connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
      close: { args: ["i32"], returns: "i32" },
      inet_pton: { args: ["i32", "ptr", "ptr"], returns: "i32" },
      __errno_location: { args: [], returns: "ptr" },
    }).symbols;
  } catch {
    return null;
  }
}
