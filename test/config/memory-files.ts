/** A file system in memory: paths to content, folders implied by `/`, and faults on request. */
import { err, ok, type Result } from "../../src/base/result.ts";
import type { FileAccess, FileFault, FileKind } from "../../src/config/source/file-access.ts";

export type MemoryFile = string | Uint8Array | FileFault | "pipe";

export function memoryFiles(files: Readonly<Record<string, MemoryFile>>): FileAccess {
  const paths = Object.keys(files);
  const isFolder = (path: string) => paths.some((known) => known.startsWith(`${path}/`));
  return {
    async kindOf(path): Promise<Result<FileKind, FileFault>> {
      if (isFolder(path)) return ok("folder");
      const file = files[path];
      if (file === undefined) return err(MISSING);
      return ok(file === "pipe" ? "other" : "file");
    },
    async namesIn(folder) {
      const inside = paths.filter((path) => path.startsWith(`${folder}/`));
      return ok([...new Set(inside.map((path) => path.slice(folder.length + 1).split("/")[0]!))]);
    },
    async read(path, limitBytes) {
      const file = files[path];
      if (file === undefined) return err(MISSING);
      if (typeof file !== "string" && !(file instanceof Uint8Array)) return err(file);
      const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
      return bytes.length > limitBytes ? err({ kind: "tooLarge", reason: "too large" }) : ok(bytes);
    },
  };
}

export const MISSING: FileFault = { kind: "missing", reason: "no such file or directory" };
