/** Whether an address leads to a listener of this configuration, as far as addresses alone can tell. */
import { isIPv4 } from "node:net";
import type { ListenerModel, TargetModel } from "../model.ts";

/** The listener behind an address of a target; null when none certainly is. */
export function listenerBehind(
  address: TargetModel["address"],
  listeners: readonly ListenerModel[],
): ListenerModel | null {
  // Asked of every target; a callback for each would be most of it.
  for (const listener of listeners) if (leadsTo(address, listener.address)) return listener;
  return null;
}

function leadsTo(address: TargetModel["address"], listener: ListenerModel["address"]): boolean {
  if (address.kind === "unix" || listener.kind === "unix") {
    return address.kind === "unix" && listener.kind === "unix" && address.path === listener.path;
  }
  if (address.port !== listener.port) return false;
  const isHere = isThisMachine(address.host);
  // All addresses of the machine; those of its network cards are not known here.
  if (listener.host === null) return isHere;
  if (listener.host === "0.0.0.0") return isHere && address.host !== "::1";
  if (address.host === listener.host) return true;
  return address.host === "localhost" && isThisMachine(listener.host);
}

function isThisMachine(host: string): boolean {
  if (host === "localhost" || host === "::1" || host === "::" || host === "0.0.0.0") return true;
  return isIPv4(host) && host.startsWith("127.");
}
