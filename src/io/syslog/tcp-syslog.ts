/** A syslog server by TCP, each line with its length in front (RFC 6587 section 3.4.1: octet counting). */
import type { Socket } from "bun";
import { ByteSink } from "../../base/byte-sink.ts";
import type { Written } from "../line-batch.ts";
import type { LogOutput } from "../log-output.ts";
import { systemWord } from "../socket-events.ts";

export class TcpSyslog implements LogOutput {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket<undefined> | null = null;
  /** Goes on with a write that waits for room, or for the end. */
  #wake: (() => void) | null = null;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /** A server that is not there yet keeps no proxy from starting. */
  async open(): Promise<string | null> {
    return null;
  }

  /** Its name may have another address now. */
  reopen(): void {
    this.#socket?.end();
    this.#socket = null;
  }

  async write(bytes: Buffer, length: number): Promise<Written> {
    try {
      this.#socket ??= await this.#connect();
      const { frames, ends } = counted(bytes, length);
      const sent = await this.#send(this.#socket, frames);
      if (sent === frames.length) return { takenBytes: length, cause: null };
      const whole = ends.findLastIndex(({ framed }) => framed <= sent);
      return { takenBytes: ends[whole]?.line ?? 0, cause: this.#socket === null ? "closed" : this.#giveUp() };
    } catch (error) {
      this.#socket = null;
      return { takenBytes: 0, cause: systemWord(error) ?? String(error) };
    }
  }

  async close(): Promise<void> {
    this.reopen();
  }

  /** A frame that is half sent leaves no way to go on but a new connection. */
  #giveUp(): string {
    this.#socket?.terminate();
    this.#socket = null;
    return "slow";
  }

  /** How many bytes it took. */
  async #send(socket: Socket<undefined>, frames: Buffer): Promise<number> {
    let sent = 0;
    while (sent < frames.length && this.#socket === socket) {
      const count = socket.write(frames, sent, frames.length - sent);
      if (count < 0) break;
      sent += count;
      if (sent < frames.length && !(await this.#room())) break;
    }
    return sent;
  }

  /** Whether there is room again, or an end, in good time. */
  #room(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), PATIENCE_MS);
    this.#wake = () => resolve(true);
    return promise.finally(() => clearTimeout(timer));
  }

  async #connect(): Promise<Socket<undefined>> {
    const { promise, resolve, reject } = Promise.withResolvers<Socket<undefined>>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new Error("timeout"));
    }, CONNECT_MS);
    const open = (socket: Socket<undefined>) => (isLate ? socket.terminate() : resolve(socket));
    const gone = (socket: Socket<undefined>) => {
      if (this.#socket === socket) this.#socket = null;
      this.#wake?.();
    };
    const connectError = (_: Socket<undefined>, error: Error) => reject(error);
    Bun.connect<undefined>({
      hostname: this.#host,
      port: this.#port,
      socket: { open, data() {}, drain: () => this.#wake?.(), close: gone, error: gone, connectError },
    }).catch(reject);
    return promise.finally(() => clearTimeout(timer));
  }
}

interface LineEnd {
  /** Behind it, among the lines, and among the frames. */
  readonly line: number;
  readonly framed: number;
}

function counted(bytes: Buffer, length: number): { frames: Buffer; ends: LineEnd[] } {
  const sink = new ByteSink(Math.ceil(length * 1.1));
  const ends: LineEnd[] = [];
  for (let start = 0; start < length; ) {
    const end = bytes.indexOf(LINE_FEED, start);
    sink.latin1(`${end - start} `);
    sink.range(bytes, start, end);
    start = end + 1;
    ends.push({ line: start, framed: sink.length });
  }
  return { frames: sink.bytes.subarray(0, sink.length), ends };
}

const LINE_FEED = 0x0a;
const PATIENCE_MS = 1_000;
const CONNECT_MS = 5_000;
