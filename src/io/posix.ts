/**
 * System calls for sockets that several processes share: made here, handed from process to process, and never seen
 * by the runtime until one of them serves. Linux only; `posix` is null elsewhere, and one process serves alone.
 */
import { dlopen, type Library, read } from "bun:ffi";
import { constants } from "node:os";

const SYMBOLS = {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  socketpair: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  accept4: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  inet_pton: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  sendmsg: { args: ["i32", "ptr", "i32"], returns: "i32" },
  recvmsg: { args: ["i32", "ptr", "i32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "usize", "i32"], returns: "i32" },
  sendto: { args: ["i32", "ptr", "usize", "i32", "ptr", "u32"], returns: "i32" },
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
} as const;

export type Posix = Library<typeof SYMBOLS>["symbols"];

/** Null where there are no such calls. */
export const posix: Posix | null = openLibc();

/** The word for what the last call failed with: `EADDRINUSE`. Ask at once, before anything else is called. */
export function lastFailure(calls: Posix): string {
  const number = read.i32(calls.__errno_location()!, 0);
  return WORDS.get(number) ?? `errno ${number}`;
}

/** A flag is of use as one 32-bit word. */
export function setFlag(calls: Posix, descriptor: number, level: number, name: number, value = 1): void {
  FLAG[0] = value;
  calls.setsockopt(descriptor, level, name, FLAG, 4);
}

/** The programs that this one starts do not get it. */
export function setCloseOnExec(calls: Posix, descriptor: number): void {
  calls.fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

/** Another descriptor of the same file; -1 when there is none to be had. */
export function duplicate(calls: Posix, descriptor: number): number {
  return calls.fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
}

/** Linux, the same on x86-64 and arm64. */
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_SEQPACKET = 5;
/** SOCK_CLOEXEC and SOCK_NONBLOCK: no child inherits what was not handed to it, and no call waits. */
export const SOCK_FLAGS = 0x80000 | 0x800;
export const SOL_SOCKET = 1;
export const SO_REUSEPORT = 15;

const F_DUPFD_CLOEXEC = 1_030;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const FLAG = new Int32Array(1);
const WORDS = new Map(Object.entries(constants.errno).map(([word, number]) => [number, word]));

function openLibc(): Posix | null {
  if (process.platform !== "linux") return null;
  for (const name of ["libc.so.6", "libc.so"]) {
    try {
      return dlopen(name, SYMBOLS).symbols;
    } catch {
      // The next name, or none at all.
    }
  }
  return null;
}
