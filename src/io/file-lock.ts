/**
 * Advisory locks between processes that write one file (flock): they belong to what was opened, end with it, and so
 * with a process that is killed. Never waited for.
 */
import { openLibc } from "./libc.ts";

export const LOCK = { shared: 1, exclusive: 2, none: 8 } as const;

/** Whether it was to be had at once. Where the system has none, a process is taken to be alone. */
export function tryLock(fd: number, kind: (typeof LOCK)[keyof typeof LOCK]): boolean {
  if (libc === undefined) libc = openLibc(SYMBOLS);
  return libc === null || libc.symbols.flock(fd, kind | NOT_BLOCKING) === 0;
}

const NOT_BLOCKING = 4;
const SYMBOLS = { flock: { args: ["i32", "i32"], returns: "i32" } } as const;
/** Opened at first use; null where there is none. */
let libc: ReturnType<typeof openLibc<typeof SYMBOLS>> | undefined;
