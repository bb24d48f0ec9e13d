/**
 * `include: conf.d/*.yaml`: from a pattern to files, in name order. Patterns are those of shells, one segment at
 * a time: `*`, `?`, `[ab]` and `{a,b}`. There is no `**`: how deep it looks is decided by whoever adds a folder.
 */
import { isAbsolute, join } from "node:path";
import { Glob } from "bun";
import type { FileAccess } from "./file-access.ts";
import { FILE_COUNT_LIMIT } from "./limits.ts";

/** Whether the text stands for other names than itself. */
export function isPattern(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

/** @param folder what a relative pattern is relative to */
export async function matchFiles(pattern: string, folder: string, access: FileAccess): Promise<string[]> {
  let paths = [isAbsolute(pattern) ? "/" : folder];
  for (const segment of pattern.split("/").filter((each) => each !== "" && each !== ".")) {
    if (isPattern(segment)) paths = await namesLike(segment, paths, access);
    else paths = paths.map((path) => join(path, segment));
  }
  const kinds = await Promise.all(paths.map((path) => access.kindOf(path)));
  return paths.filter((_, index) => {
    const kind = kinds[index]!;
    return kind.ok && kind.value === "file";
  });
}

async function namesLike(segment: string, folders: readonly string[], access: FileAccess): Promise<string[]> {
  const glob = new Glob(segment);
  const found: string[] = [];
  for (const folder of folders) {
    const names = await access.namesIn(folder);
    if (!names.ok) continue;
    // Editors keep their half-written copies under hidden names.
    const fitting = names.value.filter((name) => isHiddenAsked(segment, name) && glob.match(name));
    found.push(...fitting.sort().map((name) => join(folder, name)));
    if (found.length > FILE_COUNT_LIMIT) break;
  }
  return found.slice(0, FILE_COUNT_LIMIT + 1);
}

function isHiddenAsked(segment: string, name: string): boolean {
  return !name.startsWith(".") || segment.startsWith(".");
}
