/**
 * What a process and everything it started has used: CPU time and memory, read from outside.
 *
 * A test holds the nanoseconds against the kernel's ticks. Work that the kernel does for a socket in the name of
 * a process (soft interrupts on loopback) counts as the process's in both.
 */
import { readdirSync, readFileSync } from "node:fs";
import { processCpuNs } from "./process-clock.ts";

export interface ProcessUse {
  readonly cpuNs: number;
  /** Ready to run, while something else had the core. */
  readonly waitNs: number;
  readonly residentBytes: number;
  readonly peakResidentBytes: number;
}

/** The sum over `pid` and all its descendants. A process that has ended counts as nothing. */
export function useOfTree(pid: number): ProcessUse {
  let cpuNs = 0;
  let waitNs = 0;
  let residentBytes = 0;
  let peakResidentBytes = 0;
  for (const member of processTree(pid)) {
    cpuNs += processCpuNs(member);
    waitNs += threadsWaitNs(member);
    const status = readOrEmpty(`/proc/${member}/status`);
    residentBytes += kibibytes(status, "VmRSS");
    peakResidentBytes += kibibytes(status, "VmHWM");
  }
  return { cpuNs, waitNs, residentBytes, peakResidentBytes };
}

/** `pid` and all its descendants, parents before children. */
export function processTree(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const entry of directoryOrEmpty("/proc")) {
    const candidate = Number(entry);
    if (!Number.isInteger(candidate)) continue;
    const parent = parentOf(candidate);
    if (parent !== null) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), candidate]);
  }
  const tree = [pid];
  for (let i = 0; i < tree.length; i++) tree.push(...(childrenOf.get(tree[i]!) ?? []));
  return tree;
}

/** User and system time of one process by the kernel's ticks, ended threads included. */
export function ticksNs(pid: number): number {
  const fields = statFields(pid);
  return fields === null ? 0 : (Number(fields[11]) + Number(fields[12])) * TICK_NS;
}

/** The second number of each thread's schedstat. */
function threadsWaitNs(pid: number): number {
  const threads = directoryOrEmpty(`/proc/${pid}/task`);
  const waits = threads.map((thread) => readOrEmpty(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[1]);
  return waits.reduce((sum, wait) => sum + Number(wait ?? 0), 0);
}

function parentOf(pid: number): number | null {
  const fields = statFields(pid);
  return fields === null ? null : Number(fields[1]);
}

/** The fields of /proc/PID/stat from the third on: the second may hold spaces and parentheses itself. */
function statFields(pid: number): string[] | null {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  const end = stat.lastIndexOf(")");
  return end === -1 ? null : stat.slice(end + 2).split(" ");
}

function kibibytes(status: string, key: string): number {
  const line = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status);
  return line === null ? 0 : Number(line[1]) * 1024;
}

/** Processes end while we look at them. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function directoryOrEmpty(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** USER_HZ, which is 100 on every Linux that Bun runs on whatever the kernel's own HZ. */
const TICK_NS = 10_000_000;
