/**
 * The account of one side of an HTTP/2 connection: its streams, windows and budget, what has to be sent because of them, and
 * how faults end a stream or all of it. Reads no frame; that is ConnectionReader's.
 */
import { ByteSink } from "../../base/byte-sink.ts";
import type { Violation } from "../http/violation.ts";
import { CLOSED, ClosedStreams } from "./closed-streams.ts";
import {
  type Settings,
  writeGoaway,
  writeReset,
  writeSettings,
  writeWindowUpdate,
} from "./control-writer.ts";
import { EVENT, type Event } from "./events.ts";
import { H2_FAULTS, type H2Fault } from "./fault.ts";
import { ReceiveWindow, SendWindow } from "./flow-window.ts";
import { DEFAULT_WINDOW_BYTES } from "./frame.ts";
import { COST, Glitches } from "./glitches.ts";
import type { H2Limits } from "./limits.ts";
import { PeerSettings } from "./peer-settings.ts";
import type { StreamRecord } from "./stream-record.ts";
import { after } from "./stream-state.ts";

export abstract class ConnectionAccount<Owner> {
  /** Frames to be sent, before anything else. */
  readonly control: ByteSink = new ByteSink(64);
  readonly peer: PeerSettings = new PeerSettings();
  readonly glitches: Glitches = new Glitches();
  readonly streams: Map<number, StreamRecord<Owner>> = new Map();
  /** The connection's own window for what we send. */
  readonly send: SendWindow = new SendWindow(DEFAULT_WINDOW_BYTES);
  /** What the last event is about; see events.ts. */
  stream: StreamRecord<Owner> | null = null;
  errorCode = 0;
  lastStreamId = 0;
  fault: H2Fault | null = null;
  violation: Violation | null = null;
  protected readonly limits: H2Limits;
  protected readonly closed: ClosedStreams = new ClosedStreams();
  /** Streams beyond this one are none of ours any more; we have said so. */
  protected goawayId: number = Number.POSITIVE_INFINITY;
  /** Of all streams together, for what we take. */
  protected readonly receive: ReceiveWindow = new ReceiveWindow(DEFAULT_WINDOW_BYTES);
  /** The connection has ended by `fault`. */
  protected faulted = false;

  constructor(limits: H2Limits, settings: Settings) {
    this.limits = limits;
    writeSettings(this.control, settings);
    const more = this.receive.growTo(limits.connectionWindowBytes);
    if (more > 0) writeWindowUpdate(this.control, 0, more);
  }

  protected abstract get isServer(): boolean;

  /** `bytes` of a stream's DATA have found their taker: the peer may send as much again. */
  taken(stream: StreamRecord<Owner> | null, bytes: number): void {
    const forAll = this.receive.take(bytes);
    if (forAll > 0) writeWindowUpdate(this.control, 0, forAll);
    if (stream === null || stream.state === "closed" || stream.state === "halfClosedRemote") return;
    const forOne = stream.receive.take(bytes);
    if (forOne === 0) return;
    writeWindowUpdate(this.control, stream.id, forOne + this.#widen(stream));
  }

  /**
   * Half a window has been taken, and nothing of it ever had to wait: what holds the sender up is its way to us, so
   * it gets twice the window. All streams together stay within the connection's.
   */
  #widen(stream: StreamRecord<Owner>): number {
    const { sizeBytes } = stream.receive;
    return stream.wasHeld || sizeBytes >= MAX_STREAM_WINDOW_BYTES ? 0 : stream.receive.growTo(sizeBytes * 2);
  }

  /** We have sent HEADERS. */
  sentHeaders(stream: StreamRecord<Owner>, ends: boolean): void {
    stream.state = after(stream.state, ends ? "sendHeadersEnd" : "sendHeaders");
    if (stream.state === "closed") this.forget(stream, CLOSED.ended);
  }

  /** We have sent DATA with END_STREAM. */
  sentEnd(stream: StreamRecord<Owner>): void {
    stream.state = after(stream.state, "sendDataEnd");
    if (stream.state === "closed") this.forget(stream, CLOSED.ended);
  }

  /** Gives a stream up. Without effect when it is over. */
  reset(stream: StreamRecord<Owner>, code: number): void {
    if (stream.state === "closed") return;
    writeReset(this.control, stream.id, code);
    stream.state = after(stream.state, "sendReset");
    this.forget(stream, CLOSED.resetByUs);
  }

  /** Says that streams beyond `lastStreamId` will not be looked at. */
  goaway(lastStreamId: number, code: number, debug = ""): void {
    if (lastStreamId < this.goawayId) this.goawayId = lastStreamId;
    writeGoaway(this.control, lastStreamId, code, debug);
  }

  /** The peer has not done what it must; ends the connection like a fault that it made itself. */
  giveUp(fault: H2Fault): void {
    this.fail(fault);
  }

  /** Ends the connection. */
  protected fail(fault: H2Fault): Event {
    this.fault = fault;
    this.faulted = true;
    writeGoaway(this.control, this.lastPeerStream, H2_FAULTS[fault].code, fault);
    return EVENT.fault;
  }

  /** The highest stream of the peer's that we have looked at. */
  protected get lastPeerStream(): number {
    return 0;
  }

  /** Ends one stream because of what the peer did with it. */
  protected failStream(stream: StreamRecord<Owner>, fault: H2Fault): Event {
    this.stream = stream;
    this.fault = fault;
    this.errorCode = H2_FAULTS[fault].code;
    this.reset(stream, this.errorCode);
    return this.spend(COST.reset) ? EVENT.reset : this.fail("budget");
  }

  /** Refuses a stream that nobody knows of yet. */
  protected refuse(id: number, fault: H2Fault, cost: number): Event | typeof AGAIN {
    writeReset(this.control, id, H2_FAULTS[fault].code);
    this.closed.note(id, CLOSED.resetByUs);
    return this.spend(cost) ? AGAIN : this.fail("budget");
  }

  protected spend(cost: number): boolean {
    return this.glitches.spend(cost);
  }

  /** Nothing more is known of it than how it ended. */
  protected forget(stream: StreamRecord<Owner>, how: typeof CLOSED.ended | typeof CLOSED.resetByUs): void {
    this.streams.delete(stream.id);
    this.closed.note(stream.id, how);
    if (how === CLOSED.ended) this.glitches.earn();
  }

  /** The peer has ended its side. */
  protected endReceived(stream: StreamRecord<Owner>, input: "recvDataEnd" | "recvHeadersEnd"): Event {
    const { expectedBytes, receivedBytes } = stream;
    if (expectedBytes >= 0 && expectedBytes !== receivedBytes)
      return this.failStream(stream, "contentLengthMismatch");
    this.stream = stream;
    stream.state = after(stream.state, input);
    if (stream.state === "closed") this.forget(stream, CLOSED.ended);
    return EVENT.end;
  }

  /** RFC 9113 section 6.9.2: windows of open streams move with the setting, below zero if need be. */
  protected moveWindows(by: number): boolean {
    if (by === 0) return true;
    for (const { send } of this.streams.values()) if (!send.grant(by)) return false;
    return true;
  }
}

/** Nothing to tell; go on. */
export const AGAIN = -1;
/** As much as a round trip of 80 ms brings at 100 Mbit/s. */
const MAX_STREAM_WINDOW_BYTES = 1_000_000;
