/**
 * Where connections come in. Of two configurations the listeners with one address are one and the same: names are
 * for people, and a client knows none of them.
 */
import type { Address, ListenerModel } from "../config/model.ts";
import { formatAddress } from "../config/values/listen-address.ts";

export interface Socket {
  /** Equal when two configurations mean the same socket. */
  readonly key: string;
  readonly address: Address;
  readonly protocol: ListenerModel["protocol"];
}

/** Ports that the system chooses have nothing but the listener's name to tell them apart. */
export function socketOf({ name, address, protocol }: ListenerModel): Socket {
  const text = formatAddress(address);
  const isChosenBySystem = address.kind === "tcp" && address.port === 0;
  return { key: isChosenBySystem ? `${text} (${name})` : text, address, protocol };
}

/** Whether a listener on `wide` takes what is meant for `other`: the same port on every address. */
export function covers(wide: Address, other: Address): boolean {
  if (wide.kind !== "tcp" || other.kind !== "tcp" || wide.port !== other.port || wide.port === 0)
    return false;
  if (wide.host === null) return true;
  return wide.host === "0.0.0.0" && other.host !== null && !other.host.includes(":");
}
