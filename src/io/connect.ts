/** Outgoing connections to one numeric address or a Unix socket. Names are resolved before (resolver.ts). */
import { closeSync, openSync } from "node:fs";
import { type ClientTls, secureToTarget } from "./client-tls.ts";
import type { Connection, ConnectionHandler } from "./connection.ts";
import { flushOutbox } from "./connection.ts";
import { descriptorBudget } from "./descriptor-budget.ts";
import { refreshClock } from "./real-clock.ts";
import { routeFailure } from "./route-lookup.ts";
import { socketEvents, systemWord } from "./socket-events.ts";

export type ConnectAddress =
  | { readonly kind: "tcp"; readonly ip: string; readonly port: number; readonly tls?: ClientTls | null }
  | { readonly kind: "unix"; readonly path: string };

export interface ConnectHandler {
  /** Returns who owns the connection from now on. */
  onConnect(connection: Connection): ConnectionHandler;
  /** `cause` is the system's word, `ECONNREFUSED` and the like. */
  onConnectFailure(cause: string): void;
}

/** An attempt that may be given up; whichever comes later is then dropped. */
export interface ConnectAttempt {
  cancel(): void;
}

/** What is not the same for all who connect to an address. */
export interface Approach {
  /** What is spoken, in wire form, for targets with TLS; "" asks for nothing. */
  readonly alpn: string;
  /** Sent before everything else, TLS included. */
  readonly preface: Buffer | null;
}

/** Neither method of `handler` is called before this has returned, so that the caller knows the attempt by then. */
export function connect(
  address: ConnectAddress,
  handler: ConnectHandler,
  { alpn, preface }: Approach = PLAIN,
): ConnectAttempt {
  let waiting: ConnectHandler | null = handler;
  let hasReturned = false;
  const release = countDescriptor();
  const deliver = (connection: Connection): ConnectionHandler => {
    const owner = waiting;
    waiting = null;
    if (owner !== null) return owner.onConnect(connection);
    connection.abort();
    return connection.handler;
  };
  const refuse = (cause: string): void => {
    const owner = waiting;
    waiting = null;
    owner?.onConnectFailure(cause);
  };
  const tls = address.kind === "tcp" ? (address.tls ?? null) : null;
  const adopt = (connection: Connection): ConnectionHandler => {
    // It counts for itself now.
    release();
    if (preface !== null && waiting !== null) connection.send(preface);
    if (tls === null || waiting === null) return deliver(connection);
    secureToTarget(connection, tls, alpn, { onSecured: deliver, onFailed: refuse });
    return connection.handler;
  };
  const fail = (error: unknown): void => {
    // The runtime tells some failures (no such socket, no such address) from within its own `connect`.
    if (!hasReturned) return queueMicrotask(() => fail(error));
    refreshClock();
    release();
    refuse(causeOf(error, address));
    flushOutbox();
  };
  const socket = { ...socketEvents(adopt), connectError: (_: unknown, error: Error) => fail(error) } as never;
  const where =
    address.kind === "unix" ? { unix: address.path } : { hostname: address.ip, port: address.port };
  Bun.connect({ ...where, allowHalfOpen: true, socket } as never).catch(fail);
  hasReturned = true;
  return {
    cancel: () => {
      waiting = null;
    },
  };
}

/** While it is made; some failures are told twice. */
function countDescriptor(): () => void {
  let counts = true;
  descriptorBudget.taken();
  return () => {
    if (counts) descriptorBudget.released();
    counts = false;
  };
}

/** The runtime says ECONNREFUSED for nearly everything, so the other reasons are looked for. */
function causeOf(error: unknown, address: ConnectAddress): string {
  const word = systemWord(error) ?? "ECONNFAILED";
  if (word !== "ECONNREFUSED") return descriptorWord() ?? word;
  return descriptorWord() ?? (address.kind === "tcp" ? routeFailure(address.ip) : null) ?? word;
}

/** Without a descriptor for a socket there is none for any file. */
function descriptorWord(): string | null {
  try {
    closeSync(openSync("/dev/null", "r"));
    return null;
  } catch (error) {
    const word = systemWord(error);
    return word === "EMFILE" || word === "ENFILE" ? word : null;
  }
}

const PLAIN: Approach = { alpn: "", preface: null };
