/** What the runtime's own listening sockets do not offer, by their descriptors. Linux only; elsewhere it is done without. */
import { closeSync } from "node:fs";
import { adoptDescriptor } from "./adopt.ts";
import { posix, SO_REUSEPORT, SOCK_FLAGS, SOL_SOCKET, setFlag } from "./posix.ts";
import type { Adopt } from "./socket-events.ts";

export function setShared(descriptor: number, isShared: boolean): void {
  if (posix === null || descriptor < 0) return;
  setFlag(posix, descriptor, SOL_SOCKET, SO_REUSEPORT, isShared ? 1 : 0);
}

/** All that the queue holds now. */
export function acceptWaiting(descriptor: number, adopt: Adopt): void {
  if (posix === null || descriptor < 0) return;
  for (let fd = acceptOne(descriptor); fd >= 0; fd = acceptOne(descriptor)) {
    const accepted = fd;
    adoptDescriptor(accepted, adopt).catch(() => closeSync(accepted));
  }
}

function acceptOne(descriptor: number): number {
  return posix!.accept4(descriptor, null, null, SOCK_FLAGS);
}
