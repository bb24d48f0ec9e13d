/**
 * Log lines to a stream that may be slow or gone, without harm to what is being served: a reader that
 * stalls (a full pipe) must not block the event loop nor fill the memory, and one that left (EPIPE)
 * must not end the process. What does not fit is dropped, and said once there is room again.
 */
import type { Writable } from "node:stream";

export interface LogStream {
  log(line: object): void;
  /** Resolves when all lines have left, or after `limitMs`: a stalled reader does not hold up the exit. */
  flush(limitMs: number): Promise<void>;
}

export function createLogStream(stream: Writable, limitBytes = DEFAULT_LIMIT_BYTES): LogStream {
  let pendingBytes = 0;
  let dropped = 0;
  let whenEmpty: (() => void) | null = null;
  stream.on("error", () => {});

  function write(line: object): void {
    const text = `${JSON.stringify(line)}\n`;
    const size = Buffer.byteLength(text);
    pendingBytes += size;
    stream.write(text, () => {
      pendingBytes -= size;
      if (pendingBytes === 0) emptied();
    });
  }

  function emptied(): void {
    if (dropped > 0) {
      const count = dropped;
      dropped = 0;
      write({ level: "warn", event: "log_lines_dropped", count });
      return;
    }
    whenEmpty?.();
  }

  return {
    log(line: object): void {
      if (pendingBytes > limitBytes) dropped++;
      else write(line);
    },
    flush(limitMs: number): Promise<void> {
      if (pendingBytes === 0) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, limitMs);
      whenEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
      return promise;
    },
  };
}

/** Some thousands of lines: minutes of start-up and warnings, a blink of nothing in memory. */
const DEFAULT_LIMIT_BYTES = 1024 * 1024;
