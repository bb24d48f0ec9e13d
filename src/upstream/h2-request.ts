/**
 * The request's side of one stream of an HTTP/2 connection to a target: sends what the exchange gives as far as the target's
 * windows go. What they do not take yet waits here, which is bounded, since the exchange is told to hold its source.
 */
import type { Rostered } from "../base/roster.ts";
import { ChunkQueue } from "../link/chunk-queue.ts";
import { MAX_FRAME_BYTES } from "../link/send-frames.ts";
import type { Sending } from "../link/send-queue.ts";
import type { StreamWire } from "../link/stream-wire.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { BODY } from "../protocol/http/framing.ts";
import type { OutboundRequest } from "../protocol/http/outbound-request.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import { asksWebSocket } from "../protocol/http/web-socket.ts";
import type { H2Connection } from "./h2-connection.ts";
import type { H2UpstreamStream, UpstreamRecord } from "./h2-stream.ts";
import type { UpstreamEvents } from "./upstream-stream.ts";

export abstract class H2Request implements Sending, Rostered {
  rosterPlace = -1;
  turn = 0;
  protected readonly connection: H2Connection;
  /** Null until the head is sent. */
  protected record: UpstreamRecord | null = null;
  /** Null before the stream is lent, and once the exchange is done with it. */
  protected events: UpstreamEvents | null = null;
  /** What a client has asked to be made a tunnel, while the target has not said whether it is one. */
  protected asked: RequestHead | null = null;
  /** Set once the stream is a tunnel. */
  protected wire: StreamWire | null = null;
  /** When the head went out. */
  protected sentMs = 0;
  /** The request's bytes that wait, and what follows them. */
  protected readonly outgoing: ChunkQueue = new ChunkQueue();
  #trailers: FieldBlock | null = null;
  protected requestDone = false;
  /** END_STREAM is sent. */
  protected ended = false;
  /** Of a request whose length is known; below zero: it ends when it ends. */
  #leftBytes = -1;
  #sentBytes = 0;
  /** The exchange has been told to hold its source. */
  #toldBlocked = false;

  protected constructor(connection: H2Connection) {
    this.connection = connection;
  }

  /** The stream itself, as its connection knows it. */
  protected abstract get self(): H2UpstreamStream;
  /** Ends the tunnel if both sides have ended the stream, and all of it is handed on. */
  protected abstract endOfWire(wire: StreamWire): void;

  get id(): number {
    return this.record!.id;
  }

  get urgency(): number {
    return 0;
  }

  get incremental(): boolean {
    return true;
  }

  get hasWindow(): boolean {
    return this.record !== null && this.record.send.bytes > 0;
  }

  get takenBytes(): number {
    return this.#sentBytes;
  }

  get queuedBytes(): number {
    return this.outgoing.bytes;
  }

  get blocked(): boolean {
    return this.#toldBlocked;
  }

  sendHead(request: OutboundRequest): void {
    const { head } = request;
    const opensTunnel = asksWebSocket(head);
    if (opensTunnel) this.asked = head;
    const ends = head.framing.kind === BODY.none && !opensTunnel;
    this.sentMs = this.connection.nowMs();
    this.record = this.connection.open(this.self, request, ends);
    this.requestDone = ends;
    // Of a body that came over HTTP/1.1 with its length we know that no trailers follow.
    const isSized = head.majorVersion === 1 && head.framing.kind === BODY.length;
    this.#leftBytes = isSized ? head.framing.contentLength : -1;
  }

  sendData(bytes: Buffer, start: number, end: number): void {
    const sent = this.outgoing.bytes > 0 ? start : this.#write(bytes, start, end);
    if (sent === end) return;
    this.outgoing.add(bytes, sent, end);
    this.connection.onQueued(this.self);
    this.tellBlocked();
  }

  sendEnd(trailers: FieldBlock | null): void {
    if (this.requestDone || this.asked !== null) return;
    this.requestDone = true;
    this.#trailers = this.outgoing.bytes > 0 ? (trailers?.copy() ?? null) : trailers;
    if (this.outgoing.bytes === 0) this.endRequest();
  }

  /** Sends what waits, as far as it may; true when nothing waits any more. */
  sendSome(): boolean {
    const queue = this.outgoing;
    if (queue.bytes > 0) {
      const { chunk, start, end } = queue.first(MAX_FRAME_BYTES);
      queue.drop(this.#write(chunk, start, end) - start);
    }
    if (queue.bytes > 0) return false;
    if (this.requestDone) this.endRequest();
    return true;
  }

  tellBlocked(): void {
    if (this.#toldBlocked || this.requestDone || this.asked !== null) return;
    this.#toldBlocked = true;
    this.events?.onRequestBlocked();
    this.wire?.handler.onBlocked();
  }

  tellDrained(): void {
    if (!this.#toldBlocked || this.outgoing.bytes > 0) return;
    this.#toldBlocked = false;
    this.events?.onRequestDrain();
    this.wire?.handler.onDrain();
  }

  #write(bytes: Buffer, start: number, end: number): number {
    const isLast = this.#leftBytes === end - start;
    const sent = this.connection.write(this.record!, bytes, start, end, isLast);
    this.#sentBytes += sent - start;
    this.#leftBytes -= sent - start;
    if (isLast && sent === end) this.ended = true;
    return sent;
  }

  protected endRequest(): void {
    if (!this.ended && this.record!.state !== "closed")
      this.connection.writeEnd(this.record!, this.#trailers);
    this.ended = true;
    if (this.wire !== null) this.endOfWire(this.wire);
  }

  /** Nobody hears what the client of a tunnel still sends, so it waits for no window. */
  protected stopSending(): void {
    if (this.wire === null) return;
    this.outgoing.clear();
    if (this.requestDone) this.endRequest();
    this.tellDrained();
  }
}
