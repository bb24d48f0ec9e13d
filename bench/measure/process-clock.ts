/**
 * The CPU time of another process in nanoseconds, from the clock that Linux keeps for each: of all its
 * threads, ended ones included. /proc has it only in ticks of 10 ms (too coarse for rounds of seconds), or per
 * thread (and what an ended thread has used is gone from there).
 */
import { dlopen, ptr } from "bun:ffi";

/** 0 when there is no such process. */
export function processCpuNs(pid: number): number {
  libc ??= openLibc();
  const failed = libc.clock_gettime(clockOf(pid), ptr(TIMESPEC));
  return failed ? 0 : Number(TIMESPEC[0]) * 1e9 + Number(TIMESPEC[1]);
}

/** MAKE_PROCESS_CPUCLOCK of the kernel's <linux/posix-timers.h>, with CPUCLOCK_SCHED. */
function clockOf(pid: number): number {
  return (~pid << 3) | 2;
}

function openLibc() {
  return dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } }).symbols;
}

/** Opened on first use: who only looks at a process tree may do so on any system. */
let libc: ReturnType<typeof openLibc> | undefined;
const TIMESPEC = new BigInt64Array(new ArrayBuffer(16));
