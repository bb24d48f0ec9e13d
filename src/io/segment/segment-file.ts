/**
 * The file behind a shared segment: made whole under another name first, opened only when it is ours and complete.
 * It is as long as the segment may become; room on the file system is taken step by step, by writing, so that a full
 * one is an error here and not a signal that ends a process later.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { err, ok, type Result } from "../../base/result.ts";
import { systemWord } from "../socket-events.ts";
import { CELL_BYTES, HEADER, HEADER_CELLS, LAYOUT_VERSION, MAGIC } from "./layout.ts";
import { MappedCells, mappedBytes } from "./mapped-cells.ts";
import { isSound, type SegmentShape, writeHeader } from "./shape.ts";

export type SegmentFaultCode =
  | "missing"
  | "notASegment"
  | "otherVersion"
  | "truncated"
  | "foreign"
  | "noRoom"
  | "system";

export interface SegmentFault {
  readonly code: SegmentFaultCode;
  readonly path: string;
  /** For people. */
  readonly message: string;
}

export interface OpenSegment {
  /** Mapping more of it needs it, and so does growing it. */
  readonly fd: number;
  readonly memory: MappedCells;
}

/** Takes the place of a segment of the same name; who has that one mapped keeps it. */
export function createSegmentFile(path: string, shape: SegmentShape): Result<OpenSegment, SegmentFault> {
  const draft = `${path}.${process.pid}`;
  let fd: number | null = null;
  try {
    drop(draft);
    fd = openSync(draft, CREATE_FLAGS, FILE_MODE);
    ftruncateSync(fd, shape.totalBytes);
    if (!reserve(fd, 0, shape.rowsAt * CELL_BYTES))
      throw Object.assign(new Error("no room"), { code: "ENOSPC" });
    const header = new Float64Array(HEADER_CELLS);
    writeHeader(header, shape);
    const memory = map(fd, draft, header);
    writeHeader(memory.cells, shape);
    memory.bytes.set(MAGIC, 0);
    renameSync(draft, path);
    return ok({ fd, memory });
  } catch (error) {
    if (fd !== null) closeSync(fd);
    drop(draft);
    return err(systemFault(path, error));
  }
}

export function openSegmentFile(path: string): Result<OpenSegment, SegmentFault> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    return err(systemFault(path, error));
  }
  const header = new Float64Array(HEADER_CELLS);
  const fault = check(fd, path, header);
  if (fault === null) return ok({ fd, memory: map(fd, path, header) });
  closeSync(fd);
  return err(fault);
}

/** False when the file system has no room. */
export function reserve(fd: number, fromBytes: number, toBytes: number): boolean {
  try {
    for (let at = fromBytes; at < toBytes; ) {
      at += writeSync(fd, ZEROS, 0, Math.min(ZEROS.length, toBytes - at), at);
    }
    return true;
  } catch {
    return false;
  }
}

/** Left behind by one that failed, most often not there at all. */
function drop(draft: string): void {
  try {
    unlinkSync(draft);
  } catch {
    // What cannot be removed is told by what follows, or was not there.
  }
}

/** Through the descriptor that was checked, where that can be done: a path may lead elsewhere by now. */
function map(fd: number, path: string, header: Float64Array): MappedCells {
  const from = process.platform === "linux" ? `/proc/self/fd/${fd}` : path;
  const mapBytes = (size: number): Uint8Array => Bun.mmap(from, { shared: true, size });
  return new MappedCells(mapBytes(mappedBytes(header, header[HEADER.partsEnd]!)), (size) => {
    try {
      return mapBytes(size);
    } catch {
      return null;
    }
  });
}

/** @param header what is read of it */
function check(fd: number, path: string, header: Float64Array): SegmentFault | null {
  const stat = fstatSync(fd);
  if (!stat.isFile()) return fault("notASegment", path, "is not a file");
  if (stat.uid !== process.geteuid!()) return fault("foreign", path, "belongs to another user");
  if ((stat.mode & 0o077) !== 0) return fault("foreign", path, "may be opened by other users");
  const bytes = new Uint8Array(header.buffer);
  const count = readSync(fd, bytes, 0, bytes.length, 0);
  if (!MAGIC.every((byte, i) => bytes[i] === byte))
    return fault("notASegment", path, "is not a shared segment");
  if (count >= 2 * CELL_BYTES && header[HEADER.version] !== LAYOUT_VERSION) {
    return fault(
      "otherVersion",
      path,
      `has layout ${header[HEADER.version]}, this build has ${LAYOUT_VERSION}`,
    );
  }
  if (count < bytes.length || stat.size !== header[HEADER.totalBytes]) {
    return fault("truncated", path, `is ${stat.size} bytes long instead of ${header[HEADER.totalBytes]}`);
  }
  if (!isSound(header)) return fault("notASegment", path, "has sections that do not fit in it");
  return null;
}

function systemFault(path: string, error: unknown): SegmentFault {
  const word = systemWord(error) ?? String(error);
  return fault(FAULT_CODES[word] ?? "system", path, FAULT_TEXTS[word] ?? `cannot be used (${word})`);
}

function fault(code: SegmentFaultCode, path: string, text: string): SegmentFault {
  return { code, path, message: `the shared segment ${path} ${text}` };
}

const FAULT_CODES: Readonly<Record<string, SegmentFaultCode>> = {
  ENOENT: "missing",
  ENOSPC: "noRoom",
  ELOOP: "notASegment",
  EISDIR: "notASegment",
};
const FAULT_TEXTS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOSPC: "does not fit: no room on the file system",
  ELOOP: "is a symbolic link",
  EISDIR: "is a directory",
};

const CREATE_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Counts and addresses are nobody else's business. */
const FILE_MODE = 0o600;
const ZEROS = new Uint8Array(256 * 1024);
