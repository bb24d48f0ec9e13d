/**
 * What a configuration is read from, files above all, as an interface, so that tests load from memory and a file that
 * vanishes, grows or turns into a pipe between two looks is an answer and not an exception.
 */
import type { FileHandle } from "node:fs/promises";
import { open, readdir, stat } from "node:fs/promises";
import { err, ok, type Result } from "../../base/result.ts";
import { runScript, type ScriptFault } from "../script/run-script.ts";
import type { ScriptAnswer } from "../script/script-answer.ts";

export interface FileAccess {
  kindOf(path: string): Promise<Result<FileKind, FileFault>>;
  /** The names in a folder, in no order. */
  namesIn(folder: string): Promise<Result<readonly string[], FileFault>>;
  /** The whole content, or `tooLarge` as soon as more than `limitBytes` have come. */
  read(path: string, limitBytes: number): Promise<Result<Uint8Array, FileFault>>;
  /** What `${NAME}` means. Absent: no variable is set. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Runs a configuration in TypeScript. Absent: there is none among these files. */
  runScript?(path: string): Promise<Result<ScriptAnswer, ScriptFault>>;
}

/** `other`: a pipe, a device, a socket. */
export type FileKind = "file" | "folder" | "other";

export interface FileFault {
  readonly kind: "missing" | "unreadable" | "tooLarge";
  readonly reason: string;
}

/** The machine's own files and environment. */
export const diskFiles: FileAccess = {
  environment: process.env,
  runScript: (path) => runScript(path),
  kindOf: (path) =>
    attempt(async () => {
      const stats = await stat(path);
      return stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
    }),
  namesIn: (folder) => attempt(() => readdir(folder)),
  async read(path, limitBytes) {
    const content = await attempt(() => readUpTo(path, limitBytes + 1));
    if (!content.ok || content.value.length <= limitBytes) return content;
    return err({ kind: "tooLarge", reason: `more than ${limitBytes} bytes` });
  },
};

async function attempt<T>(action: () => Promise<T>): Promise<Result<T, FileFault>> {
  try {
    return ok(await action());
  } catch (thrown) {
    return err(faultOf(thrown));
  }
}

function faultOf(thrown: unknown): FileFault {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const reason = REASONS.get(code) ?? (code || String(thrown));
  return { kind: code === "ENOENT" ? "missing" : "unreadable", reason };
}

/** By pieces, because the size that `stat` tells means nothing for a pipe and may be outdated for a file. */
async function readUpTo(path: string, limitBytes: number): Promise<Uint8Array> {
  const handle = await open(path, "r");
  try {
    return await collect(handle, limitBytes);
  } finally {
    await handle.close();
  }
}

async function collect(handle: FileHandle, limitBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  while (total < limitBytes) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, limitBytes - total));
    const { bytesRead } = await handle.read(piece, 0, piece.length, null);
    if (bytesRead === 0) break;
    pieces.push(piece.subarray(0, bytesRead));
    total += bytesRead;
  }
  return Buffer.concat(pieces, total);
}

const PIECE_BYTES = 256 * 1024;

const REASONS = new Map([
  ["ENOENT", "no such file or directory"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["ELOOP", "the symbolic links go round in a circle"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["EISDIR", "it is a directory"],
  ["ENAMETOOLONG", "the path is too long"],
  ["EMFILE", "too many open files"],
  ["EIO", "the disk reports an error"],
]);
