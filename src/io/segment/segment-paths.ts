/** Where the segment of an instance may lie, best first. */
import { statSync } from "node:fs";
import { join } from "node:path";

/**
 * /dev/shm is memory; on a disk, the kernel would write the counts out again and again. Its name holds the instance
 * directory's, so that a supervisor that comes after another finds the same.
 */
export function segmentPaths(instanceDirectory: string): readonly string[] {
  const own = join(instanceDirectory, "segment");
  if (!isDirectory(SHARED_DIRECTORY)) return [own];
  const name = new Bun.CryptoHasher("sha256").update(instanceDirectory).digest("hex").slice(0, 16);
  return [join(SHARED_DIRECTORY, `portward-${process.geteuid!()}-${name}`), own];
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const SHARED_DIRECTORY = "/dev/shm";
