/** Serving listening sockets that another process has opened. They go on accepting there when we close them here. */
import { type ListenAddress, type ListenSocket, listenSocket } from "./listen.ts";
import { ListeningSocket, serveDescriptor } from "./listening-socket.ts";
import type { Adopt } from "./socket-events.ts";

/**
 * @param address as bound
 * @param descriptors belong to the socket that is returned
 */
export function listenOnDescriptors(
  address: ListenAddress,
  descriptors: readonly number[],
  adopt: Adopt,
): ListenSocket {
  const sockets = descriptors.map((fd) => new ListeningSocket(serveDescriptor(fd, adopt), adopt));
  return listenSocket(address, sockets);
}
