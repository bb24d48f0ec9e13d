/** A target that speaks HTTP/2 frame by frame, as a test says. */
import type { TlsOptions } from "node:tls";
import { FRAME } from "../../src/protocol/h2/frame.ts";
import { eventually } from "../support/eventually.ts";
import type { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { block, data, describeFrame, type Fields, frame, readFrames, settings } from "./frames.ts";

const PREFACE_BYTES = 24;

export class H2Side {
  readonly peer: RawPeer;

  constructor(peer: RawPeer) {
    this.peer = peer;
  }

  get frames() {
    return readFrames(this.peer.received.slice(PREFACE_BYTES));
  }

  get described(): string[] {
    return this.frames.map(describeFrame);
  }

  /** Waits for a frame, as `describeFrame` says it. */
  saw(what: string): Promise<void> {
    return eventually(() => this.described.includes(what), `'${what}' among [${this.described.join(", ")}]`);
  }

  /** The streams of the requests that have come, in their order. */
  get requests(): number[] {
    return this.frames.filter(({ type }) => type === FRAME.headers).map(({ stream }) => stream);
  }

  async request(count: number): Promise<number> {
    await eventually(() => this.requests.length >= count, `${count} requests`);
    return this.requests[count - 1]!;
  }

  send(frames: string): void {
    this.peer.send(frames);
  }

  /** Sends for as long as the stream's window opens. */
  async pour(stream: number): Promise<{ readonly sent: number; readonly left: number }> {
    const granted = () =>
      this.described
        .filter((each) => each.startsWith(`windowUpdate ${stream} `))
        .reduce((sum, each) => sum + Number(each.split(" ")[2]), 65_535);
    let sent = 0;
    for (let idle = 0; idle < 40 && sent <= 40_000_000; idle++) {
      if (granted() - sent >= 16_384) {
        this.send(data(stream, "x".repeat(16_384)));
        sent += 16_384;
        idle = 0;
      }
      await Bun.sleep(2);
    }
    return { sent, left: granted() - sent };
  }

  answer(stream: number, fields: Fields = [[":status", "204"]]): void {
    this.send(frame(FRAME.headers, 5, stream, block(fields)));
  }
}

export class H2Upstream implements AsyncDisposable {
  readonly #scripted: ScriptedUpstream;

  constructor(scripted: ScriptedUpstream) {
    this.#scripted = scripted;
  }

  static async start(secure: TlsOptions | null = null): Promise<H2Upstream> {
    return new H2Upstream(await ScriptedUpstream.start(secure));
  }

  get target(): string {
    return this.#scripted.target;
  }

  get connections(): number {
    return this.#scripted.connections;
  }

  /** The next connection, greeted with these settings. */
  async accept(hello: string = settings()): Promise<H2Side> {
    const side = new H2Side(await this.#scripted.accept());
    side.send(hello);
    return side;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scripted[Symbol.asyncDispose]();
  }
}
