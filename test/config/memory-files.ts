/** A file system in memory: paths to content, folders implied by `/`, and faults on request. */
import { err, ok, type Result } from "../../src/base/result.ts";
import type { FileAccess, FileFault, FileKind } from "../../src/config/source/file-access.ts";

export type MemoryFile = string | Uint8Array | FileFault | "pipe";

export function memoryFiles(
  files: Readonly<Record<string, MemoryFile>>,
  environment: Readonly<Record<string, string>> = {},
): FileAccess {
  const paths = Object.keys(files);
  const prefixOf = (folder: string) => (folder === "." ? "" : `${folder}/`);
  const isFolder = (path: string) => paths.some((known) => known.startsWith(prefixOf(path)));
  return {
    environment,
    async kindOf(path): Promise<Result<FileKind, FileFault>> {
      if (isFolder(path)) return ok("folder");
      const file = files[path];
      if (file === undefined) return err(MISSING);
      return ok(file === "pipe" ? "other" : "file");
    },
    async namesIn(folder) {
      const prefix = prefixOf(folder);
      const inside = paths.filter((path) => path.startsWith(prefix));
      if (inside.length === 0) return err(MISSING);
      return ok([...new Set(inside.map((path) => path.slice(prefix.length).split("/")[0]!))]);
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
