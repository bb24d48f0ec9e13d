/** Listening sockets: TCP on one address or all, and Unix sockets. */

import { existsSync, readFileSync, unlinkSync } from "node:fs";
import type { TCPSocketListener } from "bun";
import { err, ok, type Result } from "../base/result.ts";
import { ListeningSocket } from "./listening-socket.ts";
import { type Adopt, socketEvents, systemWord } from "./socket-events.ts";

export type ListenAddress =
  /** `host: null` is every address of the machine, IPv4 and IPv6. */
  | { readonly kind: "tcp"; readonly host: string | null; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export interface ListenSocket {
  /** As bound, so with the port that was chosen for port 0: `127.0.0.1:5000`, `unix:/run/web.sock`. */
  readonly address: string;
  readonly port: number | null;
  /**
   * Lets another socket of ours be bound to an address that overlaps with this one's, such as one of the machine's
   * addresses where this has all. Only for the moment of a move: others of the same user might slip in.
   */
  share(isShared: boolean): void;
  /**
   * Accepts those whose connection stands and who have not been accepted yet. A close would reset them, where no
   * other process has the socket.
   */
  acceptWaiting(): void;
  /** Accepts no more; connections that exist go on. */
  close(): void;
}

/** The system's word: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`. */
export type ListenFailure = string;

/** @param besideShared beside sockets that are shared (see `ListenSocket.share`) */
export function listen(
  address: ListenAddress,
  adopt: Adopt,
  besideShared = false,
): Result<ListenSocket, ListenFailure> {
  if (address.kind === "unix") return listenUnix(address.path, adopt);
  if (address.host !== null) return listenTcp(address.host, address.port, adopt, besideShared);
  const both = listenTcp("::", address.port, adopt, besideShared);
  if (both.ok || !NO_IPV6.has(both.error)) return both;
  // A machine without IPv6 has no `::`; any other failure would come again.
  return listenTcp("0.0.0.0", address.port, adopt, besideShared);
}

/** As a person writes it. */
export function socketAddress(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const { host, port } = address;
  return host?.includes(":") ? `[${host}]:${port}` : `${host ?? ""}:${port}`;
}

function listenTcp(
  host: string,
  port: number,
  adopt: Adopt,
  besideShared: boolean,
): Result<ListenSocket, ListenFailure> {
  try {
    const options = { hostname: host, port, reusePort: besideShared, allowHalfOpen: true };
    // The types know no `reusePort` here; the runtime does.
    const socket = Bun.listen({ ...options, socket: socketEvents(adopt) } as never) as TCPSocketListener;
    const made = listenSocket({ kind: "tcp", host, port: socket.port }, [new ListeningSocket(socket, adopt)]);
    if (besideShared) made.share(false);
    return ok(made);
  } catch (error) {
    return err(systemWord(error) ?? String(error));
  }
}

/** Several for one address are one to the outside. */
export function listenSocket(address: ListenAddress, sockets: readonly ListeningSocket[]): ListenSocket {
  const each = (act: (socket: ListeningSocket) => void) => () => sockets.forEach(act);
  return {
    address: socketAddress(address),
    port: address.kind === "tcp" ? address.port : null,
    share: (isShared) => sockets.forEach((socket) => void socket.share(isShared)),
    acceptWaiting: each((socket) => socket.acceptWaiting()),
    close: each((socket) => socket.close()),
  };
}

/** A socket file that nobody listens on is left behind by a crash; it is replaced. */
function listenUnix(path: string, adopt: Adopt): Result<ListenSocket, ListenFailure> {
  try {
    return ok(bindUnix(path, adopt));
  } catch (error) {
    const word = systemWord(error) ?? String(error);
    if (word !== "EADDRINUSE" || !existsSync(path) || isServed(path)) return err(word);
    unlinkSync(path);
    return ok(bindUnix(path, adopt));
  }
}

function bindUnix(path: string, adopt: Adopt): ListenSocket {
  const socket = Bun.listen({ unix: path, allowHalfOpen: true, socket: socketEvents(adopt) as never });
  // The runtime removes the file as it stops, so a pause would be the end.
  return listenSocket({ kind: "unix", path }, [new ListeningSocket(socket, adopt, false)]);
}

/** Whether a process holds the path: /proc/net/unix lists them; without it we leave the file alone. */
export function isServed(path: string): boolean {
  try {
    const table = readFileSync("/proc/net/unix", "utf8");
    return table.split("\n").some((line) => line.endsWith(` ${path}`));
  } catch {
    return true;
  }
}

/** What a machine without IPv6 says to `::`. */
export const NO_IPV6: ReadonlySet<string> = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL"]);
