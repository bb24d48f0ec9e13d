/** Addresses in the form that system calls take (`sockaddr_in`, `sockaddr_in6`, `sockaddr_un` of Linux). */
import { AF_INET, AF_INET6, AF_UNIX, type Posix } from "./posix.ts";

/** @param host a numeric address; null when it is none */
export function tcpName(calls: Posix, host: string, port: number): Uint8Array | null {
  const family = host.includes(":") ? AF_INET6 : AF_INET;
  const name = new Uint8Array(family === AF_INET ? 16 : 28);
  const view = new DataView(name.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  const address = name.subarray(family === AF_INET ? 4 : 8);
  return calls.inet_pton(family, Buffer.from(`${host}\0`), address) === 1 ? name : null;
}

/** @param path of a socket file, or `@name` in the abstract namespace; null when it is too long */
export function unixName(path: string): Uint8Array | null {
  const bytes = Buffer.from(path);
  if (bytes.length > LONGEST_PATH) return null;
  const isAbstract = path.startsWith("@");
  const name = new Uint8Array(2 + bytes.length + (isAbstract ? 0 : 1));
  name[0] = AF_UNIX;
  name.set(bytes, 2);
  if (isAbstract) name[2] = 0;
  return name;
}

/** What a socket is bound to. */
export type BoundName =
  | { readonly kind: "tcp"; readonly ip: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** Null when it is no such socket. */
export function boundName(calls: Posix, descriptor: number): BoundName | null {
  const name = new Uint8Array(LONGEST_NAME);
  const length = new Uint32Array([name.length]);
  if (calls.getsockname(descriptor, name, length) !== 0) return null;
  const view = new DataView(name.buffer);
  const family = view.getUint16(0, true);
  if (family === AF_INET) return { kind: "tcp", ip: name.subarray(4, 8).join("."), port: view.getUint16(2) };
  if (family === AF_INET6) return { kind: "tcp", ip: ipv6Text(view), port: view.getUint16(2) };
  if (family !== AF_UNIX) return null;
  return { kind: "unix", path: Buffer.from(name.subarray(2, length[0]!)).toString().replace(/\0$/, "") };
}

/** As RFC 5952 has it, which is what URLs are made to have as well. */
function ipv6Text(view: DataView): string {
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(8 + 2 * index).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** `sun_path` without its final NUL. */
export const LONGEST_PATH = 107;
const LONGEST_NAME = 110;
