/** What accepts on a listening socket, for either protocol, and how it takes on another configuration. */
import { Entrance } from "../downstream/entrance.ts";
import type { EntranceSnapshot } from "../downstream/entrance-snapshot.ts";
import { HttpListener } from "../downstream/http-listener.ts";
import { TcpListener } from "../downstream/tcp-listener.ts";
import type { Services } from "../exchange/snapshot.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import type { CompiledListener } from "./compile-listeners.ts";

export interface Acceptor {
  readonly connections: number;
  readonly unsentBytes?: number;
  accept(connection: Connection): ConnectionHandler;
  /** @param onEmpty called once nothing is under way any more */
  drain(onEmpty: () => void): void;
  cut(): void;
  report: HttpListener["report"];
}

export function createAcceptor(compiled: CompiledListener, services: Services): Acceptor {
  const { http, tcp, entrance } = compiled;
  const interior = {
    http: http === null ? null : new HttpListener(http, services),
    tcp: tcp === null ? null : new TcpListener(tcp, services),
  };
  if (entrance !== null) return new Entrance(entrance, interior, services);
  return (interior.http ?? interior.tcp)!;
}

/** Whether it could: what stands at an address keeps its protocol for life, and whether it has an entrance. */
export function renewAcceptor(acceptor: Acceptor, compiled: CompiledListener): boolean {
  const { http, tcp, entrance } = compiled;
  if (acceptor instanceof Entrance) return entrance !== null && renewEntrance(acceptor, compiled, entrance);
  if (entrance !== null) return false;
  if (http !== null && acceptor instanceof HttpListener) acceptor.use(http);
  else if (tcp !== null && acceptor instanceof TcpListener) acceptor.use(tcp);
  else return false;
  return true;
}

function renewEntrance(
  entrance: Entrance,
  { http, tcp }: CompiledListener,
  snapshot: EntranceSnapshot,
): boolean {
  const { interior } = entrance;
  if ((http === null) !== (interior.http === null) || (tcp === null) !== (interior.tcp === null))
    return false;
  entrance.use(snapshot);
  if (http !== null) interior.http!.use(http);
  if (tcp !== null) interior.tcp!.use(tcp);
  return true;
}
