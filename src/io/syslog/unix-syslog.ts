/** The system's own syslog: one datagram a line to a Unix socket, which the runtime has no call for. */
import { openLibc } from "../libc.ts";
import type { Written } from "../line-batch.ts";
import type { LogOutput } from "../log-output.ts";

export class UnixSyslog implements LogOutput {
  readonly #address: Uint8Array;
  #fd = -1;

  constructor(path: string) {
    this.#address = socketAddress(path);
  }

  /** A server that is not there yet keeps no proxy from starting. */
  async open(): Promise<string | null> {
    return null;
  }

  /** The server may have been started anew. */
  reopen(): void {
    this.#disconnect();
  }

  async write(bytes: Buffer, length: number): Promise<Written> {
    let taken = 0;
    for (let waitedMs = 0; taken < length; ) {
      const end = bytes.indexOf(LINE_FEED, taken);
      if (this.#send(bytes.subarray(taken, end))) taken = end + 1;
      else if (waitedMs >= PATIENCE_MS) return { takenBytes: taken, cause: "unreachable" };
      else {
        // Full, or gone and back under the same name: no way to tell, and the same remedy.
        this.#disconnect();
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
        waitedMs += RETRY_MS;
      }
    }
    return { takenBytes: taken, cause: null };
  }

  async close(): Promise<void> {
    this.#disconnect();
  }

  #send(line: Buffer): boolean {
    if (libc === undefined) libc = openLibc(SYMBOLS);
    if (libc === null || !this.#connect(libc)) return false;
    return Number(libc.symbols.send(this.#fd, line, line.length, SEND_FLAGS)) === line.length;
  }

  #connect(library: Libc): boolean {
    if (this.#fd >= 0) return true;
    const fd = library.symbols.socket(AF_UNIX, SOCK_DGRAM | CLOSE_ON_EXEC, 0);
    if (fd < 0) return false;
    this.#fd = fd;
    if (library.symbols.connect(fd, this.#address, this.#address.length) === 0) return true;
    this.#disconnect();
    return false;
  }

  #disconnect(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) libc?.symbols.close(fd);
  }
}

/** struct sockaddr_un; macOS has the length in front of the family. */
function socketAddress(path: string): Uint8Array {
  const name = Buffer.from(path);
  const address = new Uint8Array(2 + name.length + 1);
  if (process.platform === "darwin") address.set([address.length, AF_UNIX]);
  else address[0] = AF_UNIX;
  address.set(name, 2);
  return address;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const CLOSE_ON_EXEC = process.platform === "linux" ? 0o2000000 : 0;
/** MSG_DONTWAIT, and on Linux MSG_NOSIGNAL. */
const SEND_FLAGS = process.platform === "darwin" ? 0x80 : 0x4040;
const LINE_FEED = 0x0a;
const PATIENCE_MS = 1_000;
const RETRY_MS = 20;

const SYMBOLS = {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  send: { args: ["i32", "ptr", "usize", "i32"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
} as const;
type Libc = NonNullable<ReturnType<typeof openLibc<typeof SYMBOLS>>>;
/** Opened at first use; null where there is none. */
let libc: Libc | null | undefined;
