/**
 * Text to stdout or stderr, whole and at once. `process.stdout.write` buffers what a pipe does not take
 * and `process.exit` throws that away, so a long schema would be cut at 64 KiB.
 */
import { writeSync } from "node:fs";

/** Waits for a slow reader. One that has gone (`portward schema | head`) is no error of ours. */
export function writeAll(descriptor: number, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    const written = writeSome(descriptor, rest);
    if (written === "gone") return;
    rest = rest.subarray(written);
  }
}

function writeSome(descriptor: number, bytes: Uint8Array): number | "gone" {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    // A full disk is no mistake of ours; nor can it be told on the same disk.
    if (hasCode(error, "EPIPE") || hasCode(error, "ENOSPC")) return "gone";
    if (!hasCode(error, "EAGAIN")) throw error;
    // A terminal that another program left in non-blocking mode.
    Bun.sleepSync(RETRY_MS);
    return 0;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

const RETRY_MS = 5;
