/**
 * A port on loopback that neither accepts nor refuses: it listens, nobody accepts, and its queue is full, so that
 * the kernel drops every further SYN. The one way to see a connect timeout without leaving the machine.
 */
import { dlopen } from "bun:ffi";
import net from "node:net";

export class FullBacklog implements Disposable {
  readonly port: number;
  readonly #fd: number;
  readonly #filler: net.Socket;

  private constructor(fd: number, port: number, filler: net.Socket) {
    this.#fd = fd;
    this.port = port;
    this.#filler = filler;
  }

  static async open(): Promise<FullBacklog> {
    const fd = libc.symbols.socket(AF_INET, SOCK_STREAM, 0);
    const address = loopback();
    if (libc.symbols.bind(fd, address, address.length) !== 0) throw new Error("bind failed");
    if (libc.symbols.listen(fd, 0) !== 0) throw new Error("listen failed");
    const length = new Int32Array([address.length]);
    libc.symbols.getsockname(fd, address, length);
    const port = address.readUInt16BE(2);
    // A queue of length 0 holds one connection that nobody has accepted.
    const filler = net.connect({ host: "127.0.0.1", port });
    filler.on("error", () => undefined);
    await new Promise<void>((resolve) => filler.once("connect", () => resolve()));
    return new FullBacklog(fd, port, filler);
  }

  get target(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Connects that are still being tried get a RST with their next SYN. */
  [Symbol.dispose](): void {
    this.#filler.destroy();
    libc.symbols.close(this.#fd);
  }
}

/** A sockaddr_in of 127.0.0.1, port 0. The BSDs begin it with its length. */
function loopback(): Buffer {
  const address = Buffer.alloc(16);
  if (process.platform === "darwin") address.writeUInt8(16, 0);
  address.writeUInt8(AF_INET, process.platform === "darwin" ? 1 : 0);
  address.set([127, 0, 0, 1], 4);
  return address;
}

const AF_INET = 2;
const SOCK_STREAM = 1;
const libc = dlopen(process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
});
