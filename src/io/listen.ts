/** Listening sockets: TCP on one address or all, and Unix sockets. */
import { existsSync, readFileSync, unlinkSync } from "node:fs";
import { err, ok, type Result } from "../base/result.ts";
import { type Adopt, socketEvents, systemWord } from "./socket-events.ts";

export type ListenAddress =
  /** `host: null` is every address of the machine, IPv4 and IPv6. */
  | { readonly kind: "tcp"; readonly host: string | null; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export interface ListenSocket {
  /** As bound, so with the port that was chosen for port 0: `127.0.0.1:5000`, `unix:/run/web.sock`. */
  readonly address: string;
  readonly port: number | null;
  /** Accepts no more; connections that exist go on. */
  close(): void;
}

/** The system's word: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`. */
export type ListenFailure = string;

export function listen(address: ListenAddress, adopt: Adopt): Result<ListenSocket, ListenFailure> {
  if (address.kind === "unix") return listenUnix(address.path, adopt);
  if (address.host !== null) return listenTcp(address.host, address.port, adopt);
  const both = listenTcp("::", address.port, adopt);
  // A machine without IPv6 has no `::`; any other failure would come again.
  return both.ok || !NO_IPV6.has(both.error) ? both : listenTcp("0.0.0.0", address.port, adopt);
}

/** As a person writes it. */
export function socketAddress(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const { host, port } = address;
  return host?.includes(":") ? `[${host}]:${port}` : `${host ?? ""}:${port}`;
}

function listenTcp(host: string, port: number, adopt: Adopt): Result<ListenSocket, ListenFailure> {
  try {
    const socket = Bun.listen({
      hostname: host,
      port,
      allowHalfOpen: true,
      socket: socketEvents(adopt) as never,
    });
    const { port: bound } = socket;
    const address = socketAddress({ kind: "tcp", host, port: bound });
    return ok({ address, port: bound, close: () => socket.stop(false) });
  } catch (error) {
    return err(systemWord(error) ?? String(error));
  }
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
  return { address: socketAddress({ kind: "unix", path }), port: null, close: () => socket.stop(false) };
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
