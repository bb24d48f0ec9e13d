/** A client that says whatever frames it likes, and an upstream that counts what reaches it. */
import type { Socket } from "bun";
import { describeFrame, HELLO, type ReadFrame, readFrames } from "../../h2/frames.ts";
import { eventually } from "../../support/eventually.ts";
import { RawPeer } from "../../support/raw-peer.ts";

export class H2Peer implements Disposable {
  readonly peer: RawPeer;

  constructor(peer: RawPeer) {
    this.peer = peer;
  }

  /** @param from see `RawPeer.connect` */
  static async connect(port: number, settings = "", from?: string): Promise<H2Peer> {
    const peer = await RawPeer.connect(port, "127.0.0.1", from);
    peer.send(settings === "" ? HELLO : HELLO.slice(0, 24) + settings);
    return new H2Peer(peer);
  }

  get over(): boolean {
    return this.peer.ended || this.peer.socket.destroyed;
  }

  send(frames: string): void {
    if (!this.over) this.peer.send(frames);
  }

  /**
   * Sends what `piece` gives for 0, 1, 2 … whatever the other side says, and reads in between: when a connection is reset,
   * what has not been read of it is lost, its GOAWAY too.
   */
  async flood(times: number, piece: (i: number) => string): Promise<void> {
    for (let i = 0; i < times && !this.peer.socket.destroyed; i++) {
      this.peer.send(piece(i));
      if (i % WITHOUT_READING === 0) await nextRound();
    }
  }

  /** What has come so far, whole frames. */
  get frames(): ReadFrame[] {
    return readFrames(this.peer.received);
  }

  get described(): string[] {
    return this.frames.map(describeFrame);
  }

  /** The code of the GOAWAY that ended the connection, waiting for it. */
  async goawayCode(): Promise<number> {
    const last = () => this.described.findLast((frame) => frame.startsWith("goaway"));
    await eventually(() => last() !== undefined, "GOAWAY");
    return Number(last()!.split(" ")[2]);
  }

  [Symbol.dispose](): void {
    this.peer[Symbol.dispose]();
  }
}

/** Counts requests; answers each with `answer` as fast as it is taken, or never when that is null. */
export class CountingUpstream implements Disposable {
  requests = 0;
  open = 0;
  mostOpen = 0;
  readonly #listener;

  constructor(answer: Buffer | null) {
    const rest = new WeakMap<Socket<unknown>, Buffer>();
    const send = (socket: Socket<unknown>, bytes: Buffer): void => {
      const taken = Math.max(0, socket.write(bytes));
      rest.set(socket, bytes.subarray(taken));
    };
    this.#listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: () => {
          this.mostOpen = Math.max(this.mostOpen, ++this.open);
        },
        close: () => {
          this.open--;
        },
        data: (socket, chunk) => {
          this.requests += chunk.toString("latin1").split("\r\n\r\n").length - 1;
          if (answer !== null) send(socket, answer);
        },
        drain: (socket) => {
          const bytes = rest.get(socket);
          if (bytes !== undefined && bytes.length > 0) send(socket, bytes);
        },
        error: () => undefined,
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
  }
}

function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const WITHOUT_READING = 64;
