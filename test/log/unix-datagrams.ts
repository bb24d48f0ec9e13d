/** A Unix datagram socket that receives, as a syslog daemon has one: the runtime has none. */
import { dlopen } from "bun:ffi";

const libc = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "usize", "i32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
}).symbols;

export class UnixDatagrams implements Disposable {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
    const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(path), Buffer.from([0])]);
    if (libc.bind(this.#fd, address, address.length) !== 0) throw new Error(`bind ${path}`);
  }

  /** What has come and was not read yet. */
  received(): string[] {
    const messages: string[] = [];
    const buffer = Buffer.alloc(100_000);
    for (;;) {
      const count = libc.recv(this.#fd, buffer, buffer.length, MSG_DONTWAIT);
      if (count < 0) return messages;
      messages.push(buffer.toString("latin1", 0, count));
    }
  }

  [Symbol.dispose](): void {
    libc.close(this.#fd);
  }
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
