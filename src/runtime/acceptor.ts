/** What accepts on a listening socket, for either protocol, and how it takes on another configuration. */
import { HttpListener } from "../downstream/http-listener.ts";
import { TcpListener } from "../downstream/tcp-listener.ts";
import type { Services } from "../exchange/snapshot.ts";
import type { CompiledListener } from "./compile-listeners.ts";

export interface Acceptor {
  readonly connections: number;
  readonly unsentBytes?: number;
  accept: HttpListener["accept"];
  /** @param onEmpty called once nothing is under way any more */
  drain(onEmpty: () => void): void;
  cut(): void;
  report: HttpListener["report"];
}

export function createAcceptor(compiled: CompiledListener, services: Services): Acceptor {
  if (compiled.protocol === "http") return new HttpListener(compiled.snapshot, services);
  return new TcpListener(compiled.snapshot, services);
}

/** Whether it could: an acceptor keeps its protocol for life. */
export function renewAcceptor(acceptor: Acceptor, compiled: CompiledListener): boolean {
  if (compiled.protocol === "http" && acceptor instanceof HttpListener) acceptor.use(compiled.snapshot);
  else if (compiled.protocol === "tcp" && acceptor instanceof TcpListener) acceptor.use(compiled.snapshot);
  else return false;
  return true;
}
