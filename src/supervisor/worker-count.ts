/** `--workers auto`: one for each core that this process may use. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** What the process may run on, and what a container's share of the machine comes to. */
export function coresAvailable(readQuota: () => string = cgroupQuota): number {
  const [quota, period] = readQuota().trim().split(" ").map(Number);
  const cores = availableParallelism();
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return cores;
  return Math.max(1, Math.min(cores, Math.ceil(quota / period)));
}

/** `max 100000`, or so many of so many microseconds (cgroups of version 2). */
function cgroupQuota(): string {
  try {
    return readFileSync("/sys/fs/cgroup/cpu.max", "latin1");
  } catch {
    return "";
  }
}
