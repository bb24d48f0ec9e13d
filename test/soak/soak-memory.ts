/** What may differ between two moments of a process that leaks nothing. */
import type { ProxySize } from "../support/proxy-process.ts";

export interface SoakOutcome {
  /** Empty when all is well. */
  readonly faults: readonly string[];
  readonly summary: string;
}

export function grown(early: ProxySize, late: ProxySize): string[] {
  const faults: string[] = [];
  const heapBytes = late.heapBytes - early.heapBytes;
  const rssBytes = late.rssBytes - early.rssBytes;
  if (heapBytes > HEAP_BYTES) faults.push(`the heap grew by ${mib(heapBytes)} MiB`);
  if (rssBytes > RSS_BYTES) faults.push(`the process grew by ${mib(rssBytes)} MiB`);
  return faults;
}

export function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

const HEAP_BYTES = 4 * 1024 * 1024;
const RSS_BYTES = 64 * 1024 * 1024;
