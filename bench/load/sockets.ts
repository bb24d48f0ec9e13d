/**
 * Loopback sockets and epoll by way of libc. The load generators and their origins use it instead of
 * `Bun.connect`, because it allocates nothing (a pause of the collector would look like a slow proxy)
 * and costs the load's core little more than the system calls themselves (measured: 0.05 µs a call).
 * Linux only. A failing call is a bug or a broken machine and throws; a peer that went away is a result.
 */
import { dlopen, type Pointer, ptr } from "bun:ffi";

/** A listening socket on 127.0.0.1, on a port that the kernel chooses. */
export function listenOnAnyPort(): { readonly descriptor: number; readonly port: number } {
  const descriptor = must("socket", libc.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  const address = loopback(0);
  must("bind", libc.bind(descriptor, ptr(address), address.byteLength));
  must("listen", libc.listen(descriptor, BACKLOG));
  const length = new Int32Array([address.byteLength]);
  must("getsockname", libc.getsockname(descriptor, ptr(address), ptr(length)));
  return { descriptor, port: (address[2]! << 8) | address[3]! };
}

/** Blocks until the handshake is done, which on loopback is at once. */
export function connectTo(port: number): number {
  const descriptor = must("socket", libc.socket(AF_INET, SOCK_STREAM, 0));
  const address = loopback(port);
  must("connect", libc.connect(descriptor, ptr(address), address.byteLength));
  must("fcntl", libc.fcntl(descriptor, F_SETFL, O_NONBLOCK));
  return withoutDelay(descriptor);
}

/** A connection that waits on a listening socket, or -1. */
export function accept(listener: number): number {
  const descriptor = libc.accept4(listener, null, null, SOCK_NONBLOCK);
  return descriptor < 0 ? -1 : withoutDelay(descriptor);
}

export function closeSocket(descriptor: number): void {
  libc.close(descriptor);
}

/** Bytes to send or room to receive, at an address that is looked up once. */
export class WireBuffer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #address: Pointer;

  /** @param content what to send (as Latin-1), or how many bytes to have room for */
  constructor(content: string | number | Uint8Array<ArrayBuffer>) {
    this.bytes = bytesOf(content);
    this.#address = ptr(this.bytes);
  }

  /** Bytes received, 0 at the end of the stream, -1 when there is nothing yet or the connection is broken. */
  receive(descriptor: number): number {
    return libc.recv(descriptor, this.#address, this.bytes.length, 0);
  }

  /** Takes what has arrived off the socket without copying it anywhere; results as of `receive`. */
  discard(descriptor: number, atMost: number): number {
    return libc.recv(descriptor, this.#address, atMost, MSG_TRUNC);
  }

  /** Bytes taken by the socket from `start` on, -1 when it takes none now or the connection is broken. */
  send(descriptor: number, start = 0): number {
    const from = (this.#address + start) as Pointer;
    return libc.send(descriptor, from, this.bytes.length - start, MSG_NOSIGNAL);
  }
}

export class Poll {
  readonly #epoll = must("epoll_create1", libc.epoll_create1(0));
  readonly #change = new DataView(new ArrayBuffer(EVENT_BYTES));
  readonly #events = new DataView(new ArrayBuffer(EVENT_BYTES * MOST_EVENTS));
  readonly #eventsAddress = ptr(this.#events);

  /** Reports the descriptor as long as it has something to read. Closing it takes it out. */
  addReader(descriptor: number): void {
    this.#add(descriptor, EPOLLIN);
  }

  /** Reports the descriptor each time it has become readable or writable anew. */
  addEdges(descriptor: number): void {
    this.#add(descriptor, EPOLLIN | EPOLLOUT | EPOLLET);
  }

  /** How many descriptors are ready. `timeoutMs` 0 only looks; a signal counts as none. */
  wait(timeoutMs: number): number {
    return Math.max(0, libc.epoll_wait(this.#epoll, this.#eventsAddress, MOST_EVENTS, timeoutMs));
  }

  descriptorAt(index: number): number {
    return this.#events.getInt32(index * EVENT_BYTES + DATA_OFFSET, true);
  }

  close(): void {
    closeSocket(this.#epoll);
  }

  #add(descriptor: number, events: number): void {
    this.#change.setUint32(0, events, true);
    this.#change.setInt32(DATA_OFFSET, descriptor, true);
    must("epoll_ctl", libc.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, descriptor, ptr(this.#change)));
  }
}

function withoutDelay(descriptor: number): number {
  must("setsockopt", libc.setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, ptr(ONE), ONE.byteLength));
  return descriptor;
}

/** struct sockaddr_in: family in host order, port in network order, 127.0.0.1. */
function loopback(port: number): Uint8Array {
  return Uint8Array.of(AF_INET, 0, port >> 8, port & 0xff, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
}

/** Memory of an explicit ArrayBuffer never moves; that of a small plain typed array may. */
function bytesOf(content: string | number | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (typeof content === "number") return new Uint8Array(new ArrayBuffer(content));
  if (typeof content !== "string") return content;
  const bytes = new Uint8Array(new ArrayBuffer(content.length));
  for (let i = 0; i < content.length; i++) bytes[i] = content.charCodeAt(i);
  return bytes;
}

function must(call: string, result: number): number {
  if (result < 0) throw new Error(`${call} failed`);
  return result;
}

const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  accept4: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  epoll_create1: { args: ["i32"], returns: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  epoll_wait: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
});

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0x800;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const F_SETFL = 4;
const O_NONBLOCK = 0x800;
const MSG_TRUNC = 0x20;
const MSG_NOSIGNAL = 0x4000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 0x1;
const EPOLLOUT = 0x4;
const EPOLLET = 0x8000_0000;
const BACKLOG = 4096;
const MOST_EVENTS = 512;
/** struct epoll_event is packed on x86-64 and nowhere else. */
const PACKED = process.arch === "x64";
const EVENT_BYTES = PACKED ? 12 : 16;
const DATA_OFFSET = PACKED ? 4 : 8;
const ONE = new Int32Array([1]);
