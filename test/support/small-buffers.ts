/** Sockets for which the kernel takes a few kilobytes at a time, so that nearly every write is cut short. Linux only. */
import { spyOn } from "bun:test";
import { posix, setFlag } from "../../src/io/posix.ts";
import { type OpenListener, openHere } from "../../src/runtime/listener-set.ts";

/** For the clients' side of a proxy, in place of `openHere`. */
export const openSmall: OpenListener = (model, adopt, besideShared) =>
  openHere(
    model,
    (connection) => {
      shrink(connection.fd);
      return adopt(connection);
    },
    besideShared,
  );

/** For the targets' side, while it lives: connections of all of this process. */
export function connectSmall(): Disposable {
  const connect = Bun.connect as unknown as (options: Options) => unknown;
  const small = (options: Options): unknown => {
    const open = (socket: { readonly fd: number }): void => {
      shrink(socket.fd);
      options.socket.open(socket);
    };
    return connect({ ...options, socket: { ...options.socket, open } });
  };
  return spyOn(Bun, "connect").mockImplementation(small as never);
}

interface Options {
  readonly socket: { open(socket: { readonly fd: number }): void };
}

function shrink(fd: number): void {
  if (posix !== null) setFlag(posix, fd, SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES);
}

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
/** The kernel doubles it. */
const BUFFER_BYTES = 4_096;
