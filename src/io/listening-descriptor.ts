/**
 * Listening sockets as bare descriptors, to be served by whichever process holds them. One address may have several,
 * each with a queue of its own over which the kernel spreads connections (SO_REUSEPORT); a queue lives as long as any
 * process has the socket open, so what waits in it outlives the process that was to accept it.
 */
import { existsSync, unlinkSync } from "node:fs";
import { err, ok, type Result } from "../base/result.ts";
import { isServed, type ListenAddress, type ListenFailure, NO_IPV6 } from "./listen.ts";
import {
  AF_INET6,
  AF_UNIX,
  lastFailure,
  type Posix,
  SO_REUSEPORT,
  SOCK_FLAGS,
  SOCK_STREAM,
  SOL_SOCKET,
  setFlag,
} from "./posix.ts";
import { boundName, tcpName, unixName } from "./socket-name.ts";

export interface ListeningSet {
  /** As bound: port 0 has become the port that was chosen, and `host` is what could be had. */
  readonly address: ListenAddress;
  /** One for each who is to accept; a Unix socket has one for all. */
  readonly descriptors: readonly number[];
  /** A service manager has opened it, and its file is not ours to remove. */
  readonly lent?: boolean;
}

/**
 * @param count how many sockets to open on the address
 * @param mayShare whether sockets on this port may be there already: our own, on another address
 */
export function openListening(
  calls: Posix,
  address: ListenAddress,
  count: number,
  mayShare = false,
): Result<ListeningSet, ListenFailure> {
  if (address.kind === "unix") return openUnix(calls, address);
  if (address.host !== null) return openTcp(calls, address.host, address.port, count, mayShare);
  const both = openTcp(calls, "::", address.port, count, mayShare);
  if (both.ok || !NO_IPV6.has(both.error)) return both;
  return openTcp(calls, "0.0.0.0", address.port, count, mayShare);
}

/** More sockets for an address that has some, if they let others in: one that a service manager has opened may not. */
export function addListening(
  calls: Posix,
  set: ListeningSet,
  count: number,
): Result<ListeningSet, ListenFailure> {
  const { address, descriptors } = set;
  const missing = count - descriptors.length;
  if (address.kind === "unix" || missing <= 0) return ok(set);
  const more = openTcp(calls, address.host!, address.port, missing, true);
  if (!more.ok) return set.lent === true ? ok(set) : more;
  return ok({ ...set, descriptors: [...descriptors, ...more.value.descriptors] });
}

function openTcp(
  calls: Posix,
  host: string,
  port: number,
  count: number,
  mayShare: boolean,
): Result<ListeningSet, ListenFailure> {
  const taken = port === 0 || mayShare ? null : whyTaken(calls, host, port);
  if (taken !== null) return err(taken);
  const descriptors: number[] = [];
  let bound = port;
  for (let i = 0; i < count; i++) {
    const socket = bindTcp(calls, host, bound, true);
    if (!socket.ok || calls.listen(socket.value, BACKLOG) !== 0) {
      const failure = socket.ok ? lastFailure(calls) : socket.error;
      for (const each of socket.ok ? [...descriptors, socket.value] : descriptors) calls.close(each);
      return err(failure);
    }
    descriptors.push(socket.value);
    if (bound === 0) bound = portOf(calls, socket.value);
  }
  return ok({ address: { kind: "tcp", host, port: bound }, descriptors });
}

/**
 * Sockets of one user that all say SO_REUSEPORT may share a port, so a second proxy on it would quietly get half of
 * the connections. One that does not say it is refused where anybody listens.
 */
function whyTaken(calls: Posix, host: string, port: number): ListenFailure | null {
  const probe = bindTcp(calls, host, port, false);
  if (!probe.ok) return probe.error;
  calls.close(probe.value);
  return null;
}

function bindTcp(calls: Posix, host: string, port: number, shares: boolean): Result<number, ListenFailure> {
  const name = tcpName(calls, host, port);
  if (name === null) return err("EADDRNOTAVAIL");
  const socket = calls.socket(name[0]!, SOCK_STREAM | SOCK_FLAGS, 0);
  if (socket < 0) return err(lastFailure(calls));
  setFlag(calls, socket, SOL_SOCKET, SO_REUSEADDR);
  if (shares) setFlag(calls, socket, SOL_SOCKET, SO_REUSEPORT);
  // Inherited by what is accepted; the runtime sets it only for what it accepts itself.
  setFlag(calls, socket, IPPROTO_TCP, TCP_NODELAY);
  if (name[0] === AF_INET6) setFlag(calls, socket, IPPROTO_IPV6, IPV6_V6ONLY, host === "::" ? 0 : 1);
  if (calls.bind(socket, name, name.length) === 0) return ok(socket);
  const failure = lastFailure(calls);
  calls.close(socket);
  return err(failure);
}

function portOf(calls: Posix, socket: number): number {
  const name = boundName(calls, socket);
  return name?.kind === "tcp" ? name.port : 0;
}

/** A socket file that nobody listens on is left behind by a crash; it is replaced. */
function openUnix(
  calls: Posix,
  address: ListenAddress & { kind: "unix" },
): Result<ListeningSet, ListenFailure> {
  const first = bindUnix(calls, address.path);
  if (first.ok) return ok({ address, descriptors: [first.value] });
  if (first.error !== "EADDRINUSE" || !existsSync(address.path) || isServed(address.path)) return first;
  unlinkSync(address.path);
  const second = bindUnix(calls, address.path);
  return second.ok ? ok({ address, descriptors: [second.value] }) : second;
}

function bindUnix(calls: Posix, path: string): Result<number, ListenFailure> {
  const name = unixName(path);
  if (name === null) return err("ENAMETOOLONG");
  const socket = calls.socket(AF_UNIX, SOCK_STREAM | SOCK_FLAGS, 0);
  if (socket < 0) return err(lastFailure(calls));
  if (calls.bind(socket, name, name.length) === 0 && calls.listen(socket, BACKLOG) === 0) return ok(socket);
  const failure = lastFailure(calls);
  calls.close(socket);
  return err(failure);
}

/** The kernel cuts it to net.core.somaxconn, which is 4,096 since Linux 5.4. */
const BACKLOG = 4_096;
const SO_REUSEADDR = 2;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
