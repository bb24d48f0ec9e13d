/**
 * Listening sockets that a service manager has opened before it started us (sd_listen_fds(3)): descriptors from 3 on. One
 * is used for the listener that has its name, or else its address.
 */
import type { ListenerModel } from "../config/model.ts";
import type { ListenAddress } from "../io/listen.ts";
import { type Posix, setCloseOnExec } from "../io/posix.ts";
import { type BoundName, boundName } from "../io/socket-name.ts";

export interface InheritedSocket {
  readonly descriptor: number;
  /** `FileDescriptorName=`; systemd's default is the name of the unit. */
  readonly name: string;
  readonly bound: BoundName;
}

/** What was inherited; none when the variables are for another process, or not there. */
export function inheritedSockets(
  calls: Posix,
  environment: Readonly<Record<string, string | undefined>>,
): readonly InheritedSocket[] {
  const { LISTEN_PID: pid, LISTEN_FDS: count, LISTEN_FDNAMES: names = "" } = environment;
  if (pid !== String(process.pid) || !/^\d{1,4}$/.test(count ?? "")) return [];
  const nameOf = names.split(":");
  return Array.from({ length: Number(count) }, (_, index) => FIRST + index).flatMap((descriptor, index) => {
    const bound = boundName(calls, descriptor);
    if (bound === null) return [];
    setCloseOnExec(calls, descriptor);
    return [{ descriptor, name: nameOf[index] ?? "", bound }];
  });
}

/** Each goes to one listener at most; a name is meant before an address fits. */
export function matchSockets(
  sockets: readonly InheritedSocket[],
  models: readonly ListenerModel[],
): ReadonlyMap<ListenerModel, InheritedSocket> {
  const matched = new Map<ListenerModel, InheritedSocket>();
  const free = new Set(sockets);
  for (const fits of [hasName, hasAddress]) {
    for (const model of models) {
      const socket = matched.has(model) ? undefined : [...free].find((each) => fits(model, each));
      if (socket === undefined) continue;
      matched.set(model, socket);
      free.delete(socket);
    }
  }
  return matched;
}

/** Where the listener is to be reached, in the words of `openListening`. */
export function addressOf({ bound }: InheritedSocket): ListenAddress {
  if (bound.kind === "unix") return { kind: "unix", path: bound.path };
  return { kind: "tcp", host: bound.ip, port: bound.port };
}

function hasName(model: ListenerModel, socket: InheritedSocket): boolean {
  return model.name === socket.name;
}

function hasAddress({ address }: ListenerModel, { bound }: InheritedSocket): boolean {
  if (address.kind === "unix") return bound.kind === "unix" && bound.path === address.path;
  if (bound.kind === "unix" || bound.port !== address.port) return false;
  return address.host === null ? bound.ip === "::" || bound.ip === "0.0.0.0" : bound.ip === address.host;
}

/** After standard input, output and error. */
const FIRST = 3;
