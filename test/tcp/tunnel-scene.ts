/** A tunnel between two loopback connections, with the peers at its outer ends in the test's hands. */
import {
  type RunningTunnel,
  startTunnel,
  type TunnelOptions,
  type TunnelSummary,
} from "../../src/exchange/tunnel.ts";
import type { Connection } from "../../src/io/connection.ts";
import { type ConnectionPair, connectionPair, type RecordingOwner } from "../support/connection-pair.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";

export const IDLE_MS = 60_000;

export class TunnelScene implements Disposable {
  readonly client: RecordingOwner;
  readonly target: RecordingOwner;
  /** The tunnel's own ends. */
  readonly downstream: Connection;
  readonly upstream: Connection;
  readonly clock = new FakeClock();
  readonly summaries: TunnelSummary[] = [];
  tunnel!: RunningTunnel;
  readonly #pairs: readonly ConnectionPair[];

  private constructor(clientSide: ConnectionPair, targetSide: ConnectionPair) {
    this.#pairs = [clientSide, targetSide];
    this.client = clientSide.near;
    this.downstream = clientSide.far.connection;
    this.target = targetSide.near;
    this.upstream = targetSide.far.connection;
  }

  /** The tunnel begins with `begin`. */
  static async prepare(): Promise<TunnelScene> {
    return new TunnelScene(await connectionPair(), await connectionPair());
  }

  static async open(options: Partial<TunnelOptions> = {}): Promise<TunnelScene> {
    const scene = await TunnelScene.prepare();
    scene.begin(options);
    return scene;
  }

  begin(options: Partial<TunnelOptions> = {}): void {
    this.tunnel = startTunnel({
      downstream: this.downstream,
      upstream: this.upstream,
      downstreamLeftover: null,
      upstreamLeftover: null,
      idleMs: IDLE_MS,
      timers: this.clock.timers,
      onEnd: (summary) => this.summaries.push(summary),
      ...options,
    });
  }

  /**
   * Sends from one peer whatever the other takes, until nothing moves because the other does not read. Gives how many
   * bytes were sent, which goes on growing until `sender.onEvent` is taken away.
   */
  async flood(sender: RecordingOwner): Promise<{ sentBytes: number }> {
    const flood = { sentBytes: 0 };
    const send = () => {
      while (!sender.connection.blocked) {
        sender.connection.send(CHUNK);
        flood.sentBytes += CHUNK.length;
      }
    };
    sender.onEvent = (event) => event === "drain" && send();
    send();
    const held = sender === this.client ? this.upstream : this.downstream;
    await eventually(() => held.blocked && sender.connection.blocked, "two full sides");
    // The buffers of the kernel in between may still be filling up.
    for (let before = -1; before !== flood.sentBytes; await turns(20)) before = flood.sentBytes;
    return flood;
  }

  async summary(): Promise<TunnelSummary> {
    await eventually(() => this.summaries.length > 0, "the end of the tunnel");
    return this.summaries[0]!;
  }

  [Symbol.dispose](): void {
    for (const pair of this.#pairs) pair[Symbol.dispose]();
  }
}

/** Lets the event loop go round. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

const CHUNK = Buffer.alloc(1 << 20, "f");
