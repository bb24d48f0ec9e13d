/**
 * The account of one side of an HTTP/2 connection: its streams, windows and budget, what has to be sent because of them, and
 * how faults end a stream or all of it. Reads no frame; that is ConnectionReader's.
 */
import { ByteSink } from "../../base/byte-sink.ts";
import type { Violation } from "../http/violation.ts";
import { BandwidthDelay } from "./bandwidth-delay.ts";
import { CLOSED, ClosedStreams } from "./closed-streams.ts";
import {
  type Settings,
  writeGoaway,
  writePing,
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
import { StreamTable } from "./stream-table.ts";
import { type GrownWindows, WindowGrowth } from "./window-growth.ts";

export abstract class ConnectionAccount<Owner> {
  /** Frames to be sent, before anything else. */
  readonly control: ByteSink = new ByteSink(64);
  readonly peer: PeerSettings = new PeerSettings();
  readonly glitches: Glitches = new Glitches();
  readonly streams: StreamTable<StreamRecord<Owner>> = new StreamTable();
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

  /** The way from the peer to us. */
  protected readonly path: BandwidthDelay = new BandwidthDelay();
  readonly #growth: WindowGrowth;
  #wantsMeasure = false;

  /** @param grown counts for all connections that share a bound */
  constructor(limits: H2Limits, settings: Settings, grown: GrownWindows) {
    this.limits = limits;
    this.#growth = new WindowGrowth(grown);
    writeSettings(this.control, settings);
    const more = this.receive.growTo(limits.connectionWindowBytes);
    if (more > 0) writeWindowUpdate(this.control, 0, more);
  }

  protected abstract get isServer(): boolean;

  /** `bytes` of a stream's DATA have found their taker: the peer may send as much again. */
  taken(stream: StreamRecord<Owner> | null, bytes: number): void {
    const forAll = this.receive.take(bytes);
    if (forAll > 0) writeWindowUpdate(this.control, 0, forAll);
    if (stream === null) return;
    if (stream.state === "closed") return this.#ungrow(stream, bytes);
    const forOne = stream.receive.take(bytes);
    if (forOne === 0 || stream.state === "halfClosedRemote") return;
    writeWindowUpdate(this.control, stream.id, forOne + (stream.wasHeld ? 0 : this.#widen(stream)));
    stream.wasHeld = false;
  }

  /** Behind what one chunk brought: asks how long the way is, if that is to be known. */
  measure(nowMs: number): void {
    if (!this.#wantsMeasure) return;
    this.#wantsMeasure = false;
    if (this.path.asks(nowMs)) writePing(this.control, MEASURING, 0, false);
  }

  /** Nothing comes any more. */
  over(): void {
    this.#growth.giveAll();
  }

  /**
   * A part of its window has been taken, and nothing of it had to wait: who holds the sender up is not the taker. So it gets what
   * its way is worth, and the connection as much more, so that one that stands still never holds up another.
   */
  #widen(stream: StreamRecord<Owner>): number {
    this.#wantsMeasure = true;
    const { receive } = stream;
    const more = this.#growth.take(this.path.windowBytes - receive.sizeBytes);
    if (more === 0) return 0;
    stream.grownBytes += more;
    const forAll = this.receive.growTo(this.receive.sizeBytes + more);
    if (forAll > 0) writeWindowUpdate(this.control, 0, forAll);
    return receive.growTo(receive.sizeBytes + more);
  }

  /** So much of what a stream's window had grown by is of no use any more. */
  #ungrow(stream: StreamRecord<Owner>, most: number): void {
    const bytes = Math.min(stream.grownBytes, most);
    if (bytes <= 0) return;
    stream.grownBytes -= bytes;
    this.receive.shrinkBy(bytes);
    this.#growth.give(bytes);
  }

  /** It is over: what has come and waits for its taker keeps its room until it is taken. */
  protected release(stream: StreamRecord<Owner>): void {
    this.streams.delete(stream.id);
    if (stream.grownBytes > 0) this.#ungrow(stream, stream.grownBytes - stream.receive.heldBytes);
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
    // What is left of the frame that broke the rule is taken for nobody.
    this.#ungrow(stream, stream.grownBytes);
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
    this.release(stream);
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
    for (const { send } of this.streams) if (!send.grant(by)) return false;
    return true;
  }
}

/** Nothing to tell; go on. */
export const AGAIN = -1;
/** What our own PING says that measures. */
export const MEASURING: Buffer = Buffer.from("measure.");
