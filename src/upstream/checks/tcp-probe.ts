/** Does the target accept, and if asked to, does it answer as expected? */
import type { ConnectAddress } from "../../io/connect.ts";
import type { Connection } from "../../io/connection.ts";
import type { Probe, ProbeDone, TcpCheckSpec } from "./check.ts";
import { ProbeConnection } from "./probe-connection.ts";

export function startTcpProbe(spec: TcpCheckSpec, address: ConnectAddress, done: ProbeDone): Probe {
  return new TcpProbe(spec, address, done);
}

class TcpProbe extends ProbeConnection {
  readonly #spec: TcpCheckSpec;
  #received = "";

  constructor(spec: TcpCheckSpec, address: ConnectAddress, done: ProbeDone) {
    super(address, done);
    this.#spec = spec;
  }

  protected begin(connection: Connection): void {
    const { send, expect } = this.#spec;
    if (send !== null) connection.outbox().latin1(Buffer.from(send).toString("latin1"));
    if (expect === null) this.conclude(null);
  }

  onData(chunk: Buffer): void {
    this.#received += chunk.toString("latin1");
    const expected = Buffer.from(this.#spec.expect ?? "").toString("latin1");
    if (this.#received.includes(expected)) this.conclude(null);
    else if (this.#received.length > LOOKED_AT_BYTES) this.conclude("unexpected answer");
  }
}

const LOOKED_AT_BYTES = 64 * 1024;
