/** A file as it is now: enough to see that it has changed, and its text. */
import { readFile, stat } from "node:fs/promises";
import { SourceError } from "./contract.ts";

/** @throws SourceError when there is no such file, or it may not be read */
export async function signatureOf(path: string): Promise<string> {
  const { mtimeNs, size, ino } = await attempt(path, () => stat(path, { bigint: true }));
  if (size > LIMIT_BYTES) throw new SourceError("nonsense", `${path} is larger than ${LIMIT_BYTES} bytes`);
  return `${mtimeNs}-${size}-${ino}`;
}

export function read(path: string): Promise<string> {
  return attempt(path, () => readFile(path, "utf8"));
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const word = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new SourceError("unreachable", `${path} cannot be read (${word})`);
  }
}

const LIMIT_BYTES = 4n * 1024n * 1024n;
