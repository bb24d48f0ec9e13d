/** Two of our own connections joined over loopback, each with an owner that keeps what it is told. */
import { connect } from "../../src/io/connect.ts";
import type { Connection, ConnectionHandler } from "../../src/io/connection.ts";
import { listen } from "../../src/io/listen.ts";
import { eventually } from "./eventually.ts";

/** An owner that writes down every event: `data`, `end`, `blocked`, `drain`, `close` with the cause behind it. */
export class RecordingOwner implements ConnectionHandler {
  readonly events: string[] = [];
  received: Buffer[] = [];
  receivedBytes = 0;
  connection!: Connection;
  /** Called behind the recording. */
  onEvent: ((event: string) => void) | null = null;

  get text(): string {
    return Buffer.concat(this.received).toString("latin1");
  }

  get closed(): boolean {
    return this.events.some((event) => event.startsWith("close"));
  }

  saw(event: string): Promise<void> {
    return eventually(() => this.events.includes(event), `'${event}' among [${this.events}]`);
  }

  onData(chunk: Buffer): void {
    this.received.push(chunk);
    this.receivedBytes += chunk.length;
    this.#note("data");
  }

  onEnd(): void {
    this.#note("end");
  }

  onBlocked(): void {
    this.#note("blocked");
  }

  onDrain(): void {
    this.#note("drain");
  }

  onClose(cause: string | null): void {
    this.#note(cause === null ? "close" : `close ${cause}`);
  }

  /** Repetitions tell nothing: how bytes are cut into chunks is the kernel's choice. */
  #note(event: string): void {
    if (this.events.at(-1) !== event) this.events.push(event);
    this.onEvent?.(event);
  }
}

export interface ConnectionPair extends Disposable {
  readonly near: RecordingOwner;
  readonly far: RecordingOwner;
}

export async function connectionPair(): Promise<ConnectionPair> {
  const near = new RecordingOwner();
  const far = new RecordingOwner();
  const bound = listen({ kind: "tcp", host: "127.0.0.1", port: 0 }, (connection) => own(far, connection));
  if (!bound.ok) throw new Error(bound.error);
  const address = { kind: "tcp", ip: "127.0.0.1", port: bound.value.port! } as const;
  connect(address, {
    onConnect: (connection) => own(near, connection),
    onConnectFailure: (cause) => {
      throw new Error(cause);
    },
  });
  const joined = () => near.connection !== undefined && far.connection !== undefined;
  await eventually(joined, "both ends of a connection");
  bound.value.close();
  const dispose = () => {
    near.connection.abort();
    far.connection.abort();
  };
  return { near, far, [Symbol.dispose]: dispose };
}

function own(owner: RecordingOwner, connection: Connection): RecordingOwner {
  owner.connection = connection;
  return owner;
}
