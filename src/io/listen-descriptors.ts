/** Serving listening sockets that another process has opened. They go on accepting there when we close them here. */
import { type ListenAddress, type ListenSocket, socketAddress } from "./listen.ts";
import { acceptWaiting } from "./listening-socket.ts";
import { type Adopt, socketEvents } from "./socket-events.ts";

/**
 * @param address as bound
 * @param descriptors belong to the socket that is returned
 */
export function listenOnDescriptors(
  address: ListenAddress,
  descriptors: readonly number[],
  adopt: Adopt,
): ListenSocket {
  const socket = socketEvents(adopt) as never;
  // The types know no `fd` here; the runtime does.
  const sockets = descriptors.map((fd) => Bun.listen({ fd, allowHalfOpen: true, socket } as never));
  return {
    address: socketAddress(address),
    port: address.kind === "tcp" ? address.port : null,
    // Whoever opened them has seen to that.
    share() {},
    acceptWaiting: () => {
      for (const fd of descriptors) acceptWaiting(fd, adopt);
    },
    close: () => {
      for (const each of sockets) each.stop(false);
    },
  };
}
