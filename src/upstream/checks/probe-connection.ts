/** What every probe has in common: one connection of its own, one verdict, and whatever comes later is nobody's. */
import {
  type Approach,
  type ConnectAddress,
  type ConnectAttempt,
  type ConnectHandler,
  connect,
} from "../../io/connect.ts";
import { connectError } from "../../io/connect-error.ts";
import type { Connection, ConnectionHandler } from "../../io/connection.ts";
import type { Probe, ProbeDone } from "./check.ts";

export abstract class ProbeConnection implements ConnectHandler, ConnectionHandler, Probe {
  #done: ProbeDone | null;
  #connection: Connection | null = null;
  readonly #attempt: ConnectAttempt;

  /** @param alpn what is spoken to targets with TLS, in wire form; "" asks for nothing */
  constructor(address: ConnectAddress, done: ProbeDone, alpn: Approach["alpn"] = "") {
    this.#done = done;
    this.#attempt = connect(address, this, { alpn, preface: null });
  }

  cancel(): void {
    this.#done = null;
    this.#attempt.cancel();
    this.#connection?.abort();
  }

  onConnect(connection: Connection): ConnectionHandler {
    this.#connection = connection;
    connection.handler = this;
    this.begin(connection);
    return connection.handler;
  }

  onConnectFailure(cause: string): void {
    this.conclude(connectError(cause).code.replace(/^upstream\./, ""));
  }

  /** The target accepts. */
  protected abstract begin(connection: Connection): void;

  abstract onData(chunk: Buffer): void;

  onEnd(): void {
    this.conclude("closed too early");
  }

  onClose(cause: string | null): void {
    this.conclude(cause === null ? "closed too early" : "reset");
  }

  onBlocked(): void {}

  onDrain(): void {}

  /** The first verdict counts. The target is parted from with a FIN: it has done nothing wrong. */
  protected conclude(fault: string | null): void {
    const done = this.#done;
    if (done === null) return;
    this.#done = null;
    this.#connection?.close();
    done(fault);
  }
}
