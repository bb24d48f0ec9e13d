/**
 * One TCP or Unix connection with backpressure. What is written during one event is gathered in one outbox
 * and leaves in one system call when the event ends, or when another connection writes. What the peer does
 * not take stays here in order; `onBlocked` and `onDrain` tell the owner when to hold its source.
 */
import { ByteSink } from "../base/byte-sink.ts";
import { noteAbandoned } from "./abandoned-memory.ts";
import { letGo, letGoAtOnce, noteKept } from "./chunk-memory.ts";
import { ConnectedSocket, type RawSocket } from "./connected-socket.ts";
import { descriptorBudget } from "./descriptor-budget.ts";
import type { HeldBudget } from "./held-budget.ts";
import { HeldShedding } from "./held-shedding.ts";
import { sendNow, unacknowledgedBytes } from "./native.ts";
import { canSendPieces, forgetPieces, sendPieces } from "./pieces.ts";
import type { TlsLayer } from "./tls-layer.ts";

/** What the owner of a connection is told. None of it is called before the constructor has returned. */
export interface ConnectionHandler {
  /** `chunk` belongs to the receiver, who may give its memory back (chunk-memory.ts). */
  onData(chunk: Buffer): void;
  /** The peer has sent its FIN; we may still write. With TLS, see `Connection.endedCleanly`. */
  onEnd(): void;
  /** Bytes remain unsent: hold the source until `onDrain`. */
  onBlocked(): void;
  /** All has been sent. */
  onDrain(): void;
  /**
   * The peer takes nothing any more, and because the connection is paused nobody will tell of its end. What it had sent
   * before may still be read, if that is of any use.
   */
  onBroken?(): void;
  /** The connection is gone; nothing follows. `cause` is the system's word (`ECONNRESET`) or null. */
  onClose(cause: string | null): void;
}

export class Connection extends ConnectedSocket {
  handler: ConnectionHandler;
  readonly givesChunks = true;
  /** Unsent bytes, oldest first; null while there are none, which is nearly always. */
  #unsent: Buffer[] | null = null;
  #unsentBytes = 0;
  #takenBytes = 0;
  #state: State = STATE.open;
  #paused = false;
  /** A write has failed. What the peer sent before may still be read. */
  #broken = false;
  #holdsDescriptor = false;

  constructor(socket: RawSocket, handler: ConnectionHandler) {
    super(socket);
    this.handler = handler;
    socket.data = this;
  }

  /** For whoever opens sockets: this one counts among the process's. */
  holdDescriptor(): void {
    this.#holdsDescriptor = true;
    descriptorBudget.taken();
  }

  get closed(): boolean {
    return this.#state === STATE.closed;
  }

  /** Whether the peer has not taken all that was written. */
  get blocked(): boolean {
    return this.#unsent !== null;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** Bytes that the peer's side has taken since the connection began. Costs a system call. */
  get takenBytes(): number {
    return this.#takenBytes - unacknowledgedBytes(this.fd);
  }

  /** For `startTls`: from here on bytes go through the layer, whose socket comes by `useSocket`. */
  secure(layer: TlsLayer, upgrade: (socket: RawSocket) => void): void {
    if (this.#state !== STATE.open) return;
    this.layer = layer;
    upgrade(this.socket);
  }

  /** For `TlsLayer`. */
  useSocket(socket: RawSocket): void {
    this.socket = socket;
    if (this.#paused) socket.pause();
  }

  /** The place where the caller appends bytes for this connection; only until the next call of any of them. */
  outbox(): ByteSink {
    if (owner !== this) {
      flushOutbox();
      owner = this;
    }
    return sink;
  }

  /** Sends a range of a chunk that will not change. Small ones join the outbox, large ones are not copied. */
  write(bytes: Buffer, start: number, end: number): void {
    if (this.#state >= STATE.finishing) return;
    if (end - start <= JOIN_BYTES) {
      this.outbox().range(bytes, start, end);
      return;
    }
    flushOutbox();
    this.#send(bytes, start, end, false);
  }

  /** Sends a chunk at once: for who writes once an event, joining is a copy for nothing. */
  send(chunk: Buffer): void {
    flushOutbox();
    if (this.#state < STATE.finishing) this.#send(chunk, 0, chunk.length, false);
  }

  /** Whether `sendPieces` would go to the kernel: with TLS, and behind what waits, it cannot. */
  get takesPieces(): boolean {
    return this.layer === null && this.#unsent === null && canSendPieces();
  }

  /** Sends the process's pieces (pieces.ts) at once, as far as the kernel takes them: how much that was. What is left is the caller's. */
  sendPieces(): number {
    flushOutbox();
    if (!this.takesPieces || this.#state >= STATE.finishing) {
      forgetPieces();
      return 0;
    }
    const count = sendPieces(this.fd);
    this.#takenBytes += count;
    return count;
  }

  /** Sends the FIN once everything before it is sent. We may still receive. */
  finish(): void {
    if (owner === this) flushOutbox();
    if (this.#state !== STATE.open) return;
    this.#state = STATE.finishing;
    if (this.#unsent === null) this.#shutdown();
  }

  /** Closes both ways once everything is sent. */
  close(): void {
    if (owner === this) flushOutbox();
    if (this.#state === STATE.closed) return;
    if (this.#unsent !== null) {
      this.#state = STATE.closing;
      return;
    }
    this.#state = STATE.closing;
    this.#closeSocket();
  }

  /** Ends the connection with a RST: the peer cannot take what it has for complete. */
  abort(): void {
    if (owner === this) dropOutbox();
    if (this.#state === STATE.closed) return;
    this.#dropUnsent();
    this.#state = STATE.closing;
    this.socket.terminate();
  }

  /** The connection is of no more use, and its owner is told why. */
  fail(cause: string): void {
    if (this.#state === STATE.closed) return;
    this.closedBy(cause);
    this.socket.terminate();
  }

  pause(): void {
    if (this.#paused || this.#state === STATE.closed) return;
    this.#paused = true;
    this.socket.pause();
    if (this.#broken) this.#tellBroken();
  }

  resume(): void {
    if (!this.#paused || this.#state === STATE.closed) return;
    this.#paused = false;
    this.socket.resume();
  }

  /** For the socket callbacks of this folder. */
  drained(): void {
    if (this.#unsent === null) return;
    this.#sendUnsent();
    if (this.#unsent !== null || this.closed) return;
    if (this.#state === STATE.finishing) this.#shutdown();
    else if (this.#state === STATE.closing) this.#closeSocket();
    this.handler.onDrain();
  }

  /**
   * For the socket callbacks of this folder. The kernel tells of a RST once: when a write has failed with it, the
   * next read finds what looks like a FIN.
   */
  ended(): void {
    if (this.#state === STATE.closed) return;
    if (!this.#broken) {
      this.handler.onEnd();
      return;
    }
    this.closedBy(null);
    this.socket.terminate();
  }

  /** For the socket callbacks of this folder. */
  closedBy(cause: string | null): void {
    if (this.#state === STATE.closed) return;
    if (owner === this) dropOutbox();
    this.#state = STATE.closed;
    if (this.#holdsDescriptor) descriptorBudget.released();
    this.#dropUnsent();
    this.handler.onClose(cause ?? (this.#broken ? "ECONNRESET" : null));
  }

  /** For `flushOutbox`. */
  sendGathered(bytes: Buffer, length: number): void {
    if (this.#state < STATE.finishing) this.#send(bytes, 0, length, true);
  }

  #send(bytes: Buffer, start: number, end: number, borrowed: boolean): void {
    let sent = start;
    if (this.#unsent === null) {
      const count = this.#write(bytes, start, end - start);
      if (count < 0) return;
      sent += count;
      if (sent === end) return;
    }
    const wasBlocked = this.#unsent !== null;
    const rest = bytes.subarray(sent, end);
    if (borrowed) this.#keep(Buffer.from(rest));
    else {
      noteKept(rest);
      this.#keep(rest);
    }
    if (!wasBlocked) this.handler.onBlocked();
  }

  /**
   * How much the kernel took, or -1 when the connection is broken; its close event follows. `sendNow` goes past the
   * runtime, so a connection with TLS must never take that way. A closed socket has no descriptor.
   */
  #write(bytes: Buffer, start: number, length: number): number {
    const socket = this.socket;
    const isSmall = length <= NATIVE_BYTES && this.layer === null;
    const atOnce = isSmall ? sendNow(socket.fd, bytes, start, length) : 0;
    this.#takenBytes += atOnce;
    if (atOnce === length) return length;
    const count = socket.write(bytes, start + atOnce, length - atOnce);
    if (count < 0) {
      this.#broken = true;
      if (this.#paused) this.#tellBroken();
      return -1;
    }
    this.#takenBytes += count;
    return atOnce + count;
  }

  /** Not within the event that has written, which is not done with its exchange. */
  #tellBroken(): void {
    queueMicrotask(() => {
      if (this.#state !== STATE.closed && this.#paused) this.handler.onBroken?.();
      flushOutbox();
    });
  }

  #keep(rest: Buffer): void {
    this.#unsent ??= [];
    this.#unsent.push(rest);
    this.#unsentBytes += rest.length;
    heldBudget.add(this, rest.length);
    shedding.noteAdded();
  }

  #sendUnsent(): void {
    const unsent = this.#unsent!;
    while (unsent.length > 0) {
      const first = unsent[0]!;
      const count = this.#write(first, 0, first.length);
      if (count < 0) return;
      this.#unsentBytes -= count;
      if (count > 0) heldBudget.taken(this, count);
      if (count < first.length) {
        unsent[0] = first.subarray(count);
        return;
      }
      unsent.shift();
      letGoAtOnce(first);
    }
    this.#unsent = null;
  }

  #dropUnsent(): void {
    if (this.#unsentBytes > 0) {
      heldBudget.drop(this, this.#unsentBytes);
      for (const part of this.#unsent!) if (!letGo(part)) noteAbandoned(part.length);
    }
    this.#unsent = null;
    this.#unsentBytes = 0;
  }

  #shutdown(): void {
    this.socket.shutdown();
  }

  /** The runtime's own `close` says nothing to the peer of TLS, who could then take what it has for cut off. */
  #closeSocket(): void {
    if (this.layer !== null) this.socket.shutdown();
    this.socket.close();
  }
}

/** What all connections together hold for peers that do not take it. */
const shedding: HeldShedding<Connection> = new HeldShedding(flushOutbox);
export const heldBudget: HeldBudget<Connection> = shedding.budget;

/** Sends what the event gathered. Every callback from the runtime ends with it. */
export function flushOutbox(): void {
  const connection = owner;
  if (connection === null) return;
  owner = null;
  const length = sink.length;
  sink.length = 0;
  if (length > 0) connection.sendGathered(sink.bytes, length);
}

function dropOutbox(): void {
  owner = null;
  sink.length = 0;
}

const STATE = { open: 0, finishing: 1, closing: 2, closed: 3 } as const;
type State = (typeof STATE)[keyof typeof STATE];

/** Above this a copy costs more than the second system call that it saves. */
const JOIN_BYTES = 64 * 1024;

/** Above this, what a call costs no longer counts, and the kernel more often takes only a part. */
const NATIVE_BYTES = 64 * 1024;

/** One for the process: an event writes to few connections, one after the other. */
const sink = new ByteSink(256 * 1024);
let owner: Connection | null = null;
