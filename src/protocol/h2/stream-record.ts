/** What the codec knows of one stream. The session hangs its own part on `owner`. */
import { ByteSink } from "../../base/byte-sink.ts";
import { RequestHead } from "../http/request-head.ts";
import { ReceiveWindow, SendWindow } from "./flow-window.ts";
import { DEFAULT_URGENCY } from "./priority.ts";
import type { StreamState } from "./stream-state.ts";

export class StreamRecord<Owner> {
  readonly id: number;
  state: StreamState = "idle";
  readonly send: SendWindow;
  readonly receive: ReceiveWindow;
  owner: Owner | null = null;
  /** The request, of a stream that the peer began; the session gives it back when it is done with it. */
  head: HeldHead | null = null;
  /** Of the body: what Content-Length says (-1: nothing), and what has come. */
  expectedBytes = -1;
  receivedBytes = 0;
  /** The final head has come; what follows are trailers. */
  hasHead = false;
  /** Answers of this request have no body. */
  bodiless = false;
  /** What the other side makes of an extended CONNECT is waited for, or known. */
  tunnel: "none" | "asked" | "open" = "none";
  interimHeads = 0;
  /** Some of its DATA had to wait for a taker, since its window was opened last. */
  wasHeld = false;
  /** What its window has grown by. */
  grownBytes = 0;
  /** RFC 9218. */
  urgency = DEFAULT_URGENCY;
  incremental = false;

  constructor(id: number, sendBytes: number, receiveBytes: number) {
    this.id = id;
    this.send = new SendWindow(sendBytes);
    this.receive = new ReceiveWindow(receiveBytes);
  }
}

/** A request's head with the bytes it lies in. Used again and again. */
export class HeldHead {
  readonly head: RequestHead = new RequestHead();
  readonly sink: ByteSink = new ByteSink(FIRST_BYTES);
}

/** Heads in waiting, for all connections of a listener. */
export class HeadStock {
  readonly #idle: HeldHead[] = [];

  take(): HeldHead {
    return this.#idle.pop() ?? new HeldHead();
  }

  give(held: HeldHead): void {
    if (this.#idle.length >= MAX_IDLE || held.sink.bytes.length > MAX_KEPT_BYTES) return;
    held.head.reset();
    this.#idle.push(held);
  }
}

const FIRST_BYTES = 1_024;
const MAX_KEPT_BYTES = 8_192;
const MAX_IDLE = 512;
