/** The origin of big bodies in the load's own loop: writes as much as each socket takes, then goes on to the next. */
import { accept, closeSocket, type Poll, WireBuffer } from "./sockets.ts";

interface Sending {
  /** How far into head and body; at the end: nothing to do. */
  at: number;
}

export class TransferOrigin {
  readonly #poll: Poll;
  readonly #listener: number;
  readonly #received = new WireBuffer(RECEIVE_BYTES);
  readonly #sending = new Map<number, Sending>();
  #answer = new WireBuffer(" ");
  #lastRequestBytes = 0;

  constructor(poll: Poll, listener: number) {
    this.#poll = poll;
    this.#listener = listener;
    poll.addReader(listener);
  }

  answerWith(bodyBytes: number): void {
    const head = `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bodyBytes}\r\n\r\n`;
    const answer = new Uint8Array(new ArrayBuffer(head.length + bodyBytes));
    new TextEncoder().encodeInto(head, answer);
    answer.set(bodyContent(bodyBytes), head.length);
    this.#answer = new WireBuffer(answer);
    for (const descriptor of this.#sending.keys()) closeSocket(descriptor);
    this.#sending.clear();
  }

  /** As it came from the proxy. */
  get lastRequest(): string {
    return Buffer.from(this.#received.bytes.subarray(0, this.#lastRequestBytes)).toString("latin1");
  }

  /** To be called for every descriptor that the poll reports and the caller does not know. */
  ready(descriptor: number): void {
    if (descriptor === this.#listener) this.#acceptAll();
    else this.#proceed(descriptor, this.#sending.get(descriptor));
  }

  #acceptAll(): void {
    for (let next = accept(this.#listener); next >= 0; next = accept(this.#listener)) {
      this.#sending.set(next, { at: this.#answer.bytes.length });
      this.#poll.addEdges(next);
    }
  }

  #proceed(descriptor: number, sending: Sending | undefined): void {
    if (sending === undefined) return;
    const { length } = this.#answer.bytes;
    const received = this.#received.receive(descriptor);
    if (received === 0) {
      closeSocket(descriptor);
      this.#sending.delete(descriptor);
      return;
    }
    if (received > 0) {
      this.#lastRequestBytes = received;
      sending.at = 0;
    }
    if (sending.at < length) sending.at += Math.max(0, this.#answer.send(descriptor, sending.at));
  }
}

/** Bytes that no shift and no loss of a part leaves unchanged. */
export function bodyContent(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 0x9e3779b1);
  return new Uint8Array(words.buffer, 0, length);
}

const RECEIVE_BYTES = 16_384;
