/** Which kind of sink a file name, or the process's own output, asks for. */
import { constants, fstatSync, statSync, write } from "node:fs";
import { promisify } from "node:util";
import type { LineSink, Written } from "./line-batch.ts";
import { LogFile } from "./log-file.ts";
import { LogPipe } from "./log-pipe.ts";
import { RotatedFile, type Rotation } from "./rotated-file.ts";
import { systemWord } from "./socket-events.ts";

/** A sink that is opened before it is used. */
export interface LogOutput extends LineSink {
  /** The system's word when that fails. */
  open(): Promise<string | null>;
  /** What the name stands for may have been renamed. */
  reopen(): void;
  close(): Promise<void>;
}

/** How a file is started anew; null: it is not, or others do it. */
export interface RotationOptions {
  readonly rotation: Rotation;
  readonly wallMs: () => number;
  readonly onTrouble: (cause: string) => void;
}

export function fileOutput(path: string, rotating: RotationOptions | null): LogOutput {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFIFO() === true) return new LogPipe(path, constants.O_RDWR | constants.O_NONBLOCK);
  // A device is never large, and must not be renamed.
  if (rotating === null || found?.isFile() === false) return new LogFile(path);
  return new RotatedFile(path, rotating.rotation, rotating.wallMs, rotating.onTrouble);
}

/**
 * Opened a second time where the system has a name for it: not blocking and appending are properties of what is
 * opened, and ours to set only on our own.
 */
export function standardOutput(): LogOutput {
  const kind = fstatSync(STDOUT);
  if (process.platform !== "linux") return PLAIN_STDOUT;
  if (kind.isFIFO()) return new LogPipe(STDOUT_NAME, constants.O_WRONLY | constants.O_NONBLOCK);
  return kind.isFile() ? new LogFile(STDOUT_NAME) : PLAIN_STDOUT;
}

/** A terminal, or the socket of a service manager. A thread waits for its reader, never we. */
const PLAIN_STDOUT: LogOutput = {
  open: async () => null,
  reopen() {},
  close: async () => {},
  async write(bytes, length): Promise<Written> {
    let at = 0;
    try {
      while (at < length) at += (await writeTo(STDOUT, bytes, at, length - at)).bytesWritten;
      return { takenBytes: length, cause: null };
    } catch (error) {
      return { takenBytes: bytes.lastIndexOf(LINE_FEED, at) + 1, cause: systemWord(error) ?? String(error) };
    }
  },
};

const writeTo = promisify(write);
const LINE_FEED = 0x0a;
const STDOUT = 1;
const STDOUT_NAME = "/proc/self/fd/1";
