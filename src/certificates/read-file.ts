/** A file with certificates or keys. Whoever opens a pipe waits until somebody writes into it, and a start must not. */
import { err, type Result } from "../base/result.ts";
import type { FileAccess, FileFault } from "../config/source/file-access.ts";

export async function readFile(access: FileAccess, path: string): Promise<Result<Uint8Array, FileFault>> {
  const kind = await access.kindOf(path);
  if (kind.ok && kind.value === "other") return err({ kind: "unreadable", reason: "it is no regular file" });
  return access.read(path, MOST_BYTES);
}

/** A system's whole list of CAs has 250 KiB; CRLs of large CAs have megabytes. */
const MOST_BYTES = 16 * 1024 * 1024;
