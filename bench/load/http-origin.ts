/** The origin in the load's own loop: answers every complete request with the same bytes, and keeps connections. */
import { accept, closeSocket, type Poll, WireBuffer } from "./sockets.ts";

export class HttpOrigin {
  /** Accepted so far. */
  connections = 0;
  readonly #poll: Poll;
  readonly #listener: number;
  readonly #received = new WireBuffer(RECEIVE_BYTES);
  #answer = new WireBuffer(" ");
  #lastByte = LINE_FEED;
  #lastRequestBytes = 0;

  constructor(poll: Poll, listener: number) {
    this.#poll = poll;
    this.#listener = listener;
    poll.addReader(listener);
  }

  /** @param sampleRequest its last byte ends every request; a body must not have it anywhere else */
  answerWith(answer: string, sampleRequest: string): void {
    this.#answer = new WireBuffer(answer);
    this.#lastByte = sampleRequest.charCodeAt(sampleRequest.length - 1);
  }

  /** As it came from the proxy. */
  get lastRequest(): string {
    return Buffer.from(this.#received.bytes.subarray(0, this.#lastRequestBytes)).toString("latin1");
  }

  /** To be called for every descriptor that the poll reports and the caller does not know. */
  ready(descriptor: number): void {
    if (descriptor === this.#listener) this.#acceptAll();
    else this.#readable(descriptor);
  }

  #acceptAll(): void {
    for (let next = accept(this.#listener); next >= 0; next = accept(this.#listener)) {
      this.connections++;
      this.#poll.addReader(next);
    }
  }

  #readable(descriptor: number): void {
    const length = this.#received.receive(descriptor);
    if (length === 0) closeSocket(descriptor);
    if (length <= 0 || !this.#isComplete(length)) return;
    this.#lastRequestBytes = length;
    this.#answer.send(descriptor);
  }

  /** A head's lines all end as the head itself does, hence the look at its last two. */
  #isComplete(length: number): boolean {
    const { bytes } = this.#received;
    if (bytes[length - 1] !== this.#lastByte) return false;
    return this.#lastByte !== LINE_FEED || (bytes[length - 3] === LINE_FEED && length > 3);
  }
}

const LINE_FEED = 0x0a;
const RECEIVE_BYTES = 16_384;
