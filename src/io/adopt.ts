/** Descriptors that another process has opened, as connections of this one. */
import { type Adopt, socketEvents } from "./socket-events.ts";

/** A connected socket. Bytes that wait in it are delivered. Rejects when the descriptor is none. */
export async function adoptDescriptor(descriptor: number, adopt: Adopt): Promise<void> {
  // The types know no `fd` here; the runtime does.
  const options = { fd: descriptor, allowHalfOpen: true, socket: socketEvents(adopt) };
  await Bun.connect(options as never);
}
