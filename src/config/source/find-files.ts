/**
 * From the paths of a command line to the files to read: a file as it is, a directory's *.yaml, *.yml,
 * *.json and *.ts in name order. Hidden files are left out, because editors keep their half-written copies there.
 */
import { basename, dirname, join, resolve } from "node:path";
import { type Diagnostic, diagnoseFile } from "../diagnostics/diagnostic.ts";
import { nearMiss } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { FileAccess } from "./file-access.ts";
import { FILE_COUNT_LIMIT } from "./limits.ts";

export interface FoundFiles {
  /** Each file once, in the order in which it was first named. */
  readonly files: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

export async function findFiles(paths: readonly string[], access: FileAccess): Promise<FoundFiles> {
  const files = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    const found = await filesAt(path, access);
    diagnostics.push(...found.diagnostics);
    for (const file of found.files) if (!files.has(resolve(file))) files.set(resolve(file), file);
  }
  return { files: [...files.values()], diagnostics };
}

async function filesAt(path: string, access: FileAccess): Promise<FoundFiles> {
  const kind = await access.kindOf(path);
  if (!kind.ok) {
    const code = kind.error.kind === "missing" ? "file.missing" : "file.unreadable";
    const hint = code === "file.missing" ? await neighbourOf(path, access) : null;
    return refused(diagnoseFile(code, path, `cannot read ${quoted(path)}: ${kind.error.reason}`, hint));
  }
  return kind.value === "folder" ? filesInFolder(path, access) : { files: [path], diagnostics: [] };
}

/** A file of nearly the same name, as a question. */
async function neighbourOf(path: string, access: FileAccess): Promise<string | null> {
  const names = await access.namesIn(dirname(path));
  if (!names.ok || names.value.length > FILE_COUNT_LIMIT) return null;
  const near = nearMiss(basename(path), names.value);
  return near === null ? null : `did you mean ${quoted(join(dirname(path), near))}?`;
}

async function filesInFolder(folder: string, access: FileAccess): Promise<FoundFiles> {
  const names = await access.namesIn(folder);
  if (!names.ok) {
    const message = `cannot read the directory ${quoted(folder)}: ${names.error.reason}`;
    return refused(diagnoseFile("file.unreadable", folder, message));
  }
  const wanted = names.value.filter((name) => CONFIGURATION_FILE.test(name)).sort();
  if (wanted.length > FILE_COUNT_LIMIT) {
    const message = `the directory holds more than ${FILE_COUNT_LIMIT} configuration files`;
    return refused(diagnoseFile("file.too_large", folder, message));
  }
  if (wanted.length === 0) return refused(nothingFound(folder, names.value));
  const found = await Promise.all(wanted.map((name) => fileInFolder(join(folder, name), access)));
  return {
    files: found.flatMap(({ files }) => files),
    diagnostics: found.flatMap(({ diagnostics }) => diagnostics),
  };
}

/** A pipe or device given by name is read; one that merely lies in a directory would hang the start. */
async function fileInFolder(path: string, access: FileAccess): Promise<FoundFiles> {
  const kind = await access.kindOf(path);
  if (kind.ok && kind.value === "folder") return { files: [], diagnostics: [] };
  if (kind.ok && kind.value === "file") return { files: [path], diagnostics: [] };
  const reason = kind.ok ? "it is not a regular file" : kind.error.reason;
  return refused(diagnoseFile("file.unreadable", path, `cannot read ${quoted(path)}: ${reason}`));
}

function nothingFound(folder: string, names: readonly string[]): Diagnostic {
  const message = `the directory ${quoted(folder)} holds no *.yaml, *.yml, *.json or *.ts file`;
  const hint = names.length === 0 ? "it is empty" : null;
  return diagnoseFile("file.none_found", folder, message, hint);
}

function refused(diagnostic: Diagnostic): FoundFiles {
  return { files: [], diagnostics: [diagnostic] };
}

/** Declarations and tests lie beside scripts, and are none. */
const CONFIGURATION_FILE = /^[^.].*(?:\.ya?ml|\.json|(?<!\.d|\.test|\.spec)\.ts)$/;
