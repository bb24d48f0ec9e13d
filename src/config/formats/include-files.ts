/**
 * The files that an `include` with a pattern means, in name order. Patterns may stand in any part of the path:
 * `*` and `?` for what is not a slash, `[a-z]` for one of several letters.
 */
import { join } from "node:path";
import { err, ok, type Result } from "../../base/result.ts";
import type { FileAccess, FileFault } from "../source/file-access.ts";

/** Whether the text is a pattern rather than a path. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/** A pattern that nothing matches gives none; a folder that cannot be read is a fault. */
export async function matchingFiles(
  pattern: string,
  access: FileAccess,
): Promise<Result<readonly string[], FileFault>> {
  const [first, ...parts] = pattern.split("/");
  let found: string[] = [first === "" ? "/" : "."];
  for (const part of first === "" ? parts : [first!, ...parts]) {
    const next = await step(found, part, access);
    if (!next.ok) return next;
    found = next.value;
  }
  return ok(isGlob(pattern) ? await existing(found, access) : found);
}

async function existing(files: readonly string[], access: FileAccess): Promise<string[]> {
  const kinds = await Promise.all(files.map((file) => access.kindOf(file)));
  return files.filter((_, index) => {
    const kind = kinds[index]!;
    return kind.ok && kind.value !== "folder";
  });
}

async function step(
  folders: readonly string[],
  part: string,
  access: FileAccess,
): Promise<Result<string[], FileFault>> {
  const found: string[] = [];
  for (const folder of folders) {
    if (!isGlob(part)) {
      found.push(join(folder, part));
      continue;
    }
    const names = await access.namesIn(folder);
    if (!names.ok) {
      if (names.error.kind === "missing") continue;
      return err(names.error);
    }
    const matching = names.value.filter((name) => matches(part, name));
    found.push(...matching.sort().map((name) => join(folder, name)));
  }
  return ok(found.slice(0, FOUND_LIMIT));
}

/** A leading dot must be written, as in shells. */
function matches(glob: string, name: string): boolean {
  if (name.startsWith(".") && !glob.startsWith(".")) return false;
  return new Bun.Glob(glob.replace(/[{}]|^!/g, "\\$&")).match(name);
}

/** Far more than any server includes. */
const FOUND_LIMIT = 10_000;
