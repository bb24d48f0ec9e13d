/** A syslog server by UDP (RFC 5426): one datagram a line. What is lost on the way nobody learns. */
import { lookup } from "node:dns/promises";
import type { Written } from "../line-batch.ts";
import type { LogOutput } from "../log-output.ts";
import { systemWord } from "../socket-events.ts";

type UdpSocket = Bun.udp.ConnectedSocket<"buffer">;

export class UdpSyslog implements LogOutput {
  readonly #host: string;
  readonly #port: number;
  #socket: UdpSocket | null = null;

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
    this.#socket?.close();
    this.#socket = null;
  }

  async write(bytes: Buffer, length: number): Promise<Written> {
    let taken = 0;
    let waitedMs = 0;
    try {
      this.#socket ??= await this.#connect();
      while (taken < length) {
        const end = bytes.indexOf(LINE_FEED, taken);
        const line = bytes.subarray(taken, Math.min(end, taken + MAX_DATAGRAM_BYTES));
        if (this.#socket.send(line)) taken = end + 1;
        else if (waitedMs >= PATIENCE_MS) return { takenBytes: taken, cause: "slow" };
        else {
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
          waitedMs += RETRY_MS;
        }
      }
      return { takenBytes: taken, cause: null };
    } catch (error) {
      this.reopen();
      return { takenBytes: taken, cause: systemWord(error) ?? String(error) };
    }
  }

  async close(): Promise<void> {
    this.reopen();
  }

  async #connect(): Promise<UdpSocket> {
    const { address } = await lookup(this.#host);
    return Bun.udpSocket({
      connect: { hostname: address, port: this.#port },
      // Nobody listens there (ICMP): told with the next line, if at all.
      socket: { error() {} },
    });
  }
}

const LINE_FEED = 0x0a;
/** What IPv4 carries at most. RFC 5424 asks servers for 2,048; what is longer they may cut. */
const MAX_DATAGRAM_BYTES = 65_507;
const PATIENCE_MS = 1_000;
const RETRY_MS = 20;
