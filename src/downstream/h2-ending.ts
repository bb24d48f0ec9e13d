/**
 * How a downstream HTTP/2 connection ends: drained, idle for too long, by a fault, by a client that takes nothing or has
 * left; and until when it may stay as it is. What it reads and answers before that is `H2Session`'s.
 */
import type { Timed } from "../base/clock.ts";
import { Roster, type Rostered } from "../base/roster.ts";
import type { Connection } from "../io/connection.ts";
import { FrameOut } from "../link/frame-out.ts";
import { sendControl } from "../link/send-frames.ts";
import { writePing } from "../protocol/h2/control-writer.ts";
import { CODE } from "../protocol/h2/error-codes.ts";
import { type H2Fault, ruleOf } from "../protocol/h2/fault.ts";
import { MAX_STREAM_ID } from "../protocol/h2/frame.ts";
import { COST } from "../protocol/h2/glitches.ts";
import { violationOf } from "../protocol/h2/request-head-rules.ts";
import { ServerReader } from "../protocol/h2/server-reader.ts";
import { H2Parting } from "./h2-parting.ts";
import type { H2Stream } from "./h2-stream.ts";
import { turnedAway } from "./refused-request.ts";
import type { SessionHost } from "./session-host.ts";

export abstract class H2Ending implements Timed, Rostered {
  rosterPlace = -1;
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly host: SessionHost;
  readonly reader: ServerReader<H2Stream>;
  protected readonly connection: Connection;
  protected readonly out: FrameOut;
  protected state: State = STATE.open;
  /** Exchanges under way, and answers that wait. */
  protected readonly live: Roster<H2Stream> = new Roster();
  #ended = false;
  #takenBefore = -1;

  protected constructor(connection: Connection, host: SessionHost) {
    this.connection = connection;
    this.host = host;
    this.out = new FrameOut(connection);
    const { headBytes, fieldCount } = host.snapshot.codec;
    this.reader = new ServerReader({ headBytes, fieldCount, ...LIMITS }, host.heads, host.grown);
  }

  abstract expire(nowMs: number): void;
  /** Whose address a record names. */
  protected abstract get clientAddress(): string;

  /** The client's FIN has come: no window will be opened any more. */
  get halfClosed(): boolean {
    return this.#ended;
  }

  /** Whether a stream may stay for what its client is still sending: others are not to be refused for it. */
  get mayLinger(): boolean {
    return this.state === STATE.open && this.reader.streams.size * 2 <= LIMITS.streams;
  }

  /**
   * First no new streams are asked for, then none are taken (RFC 9113 section 6.8): in between is a round trip, so that
   * none that was under way is lost.
   */
  drain(): void {
    if (this.state !== STATE.open) return;
    this.state = STATE.draining;
    this.reader.goaway(MAX_STREAM_ID, CODE.noError);
    writePing(this.reader.control, DRAIN_PING, 0, false);
    this.sendControl();
    this.touch(DRAIN_ROUND_TRIP_MS);
  }

  cut(): void {
    if (this.state === STATE.closed) return;
    for (const stream of this.live) stream.onCut();
    if (this.state < STATE.lingering) this.reader.goaway(this.reader.lastClientStream, CODE.noError);
    this.sendControl();
    this.out.flushNow();
    if (this.connection.blocked) this.connection.abort();
    else this.connection.close();
  }

  onEnd(): void {
    this.#ended = true;
    if (this.state === STATE.lingering || this.live.size === 0) {
      this.out.flushNow();
      this.connection.close();
    } else for (const stream of this.live) stream.onHalfClosed();
  }

  onBroken(): void {
    this.connection.fail("ECONNRESET");
  }

  /** What the reader has written to be sent. */
  sendControl(): void {
    sendControl(this.out, this.reader);
  }

  nowMs(): number {
    return this.host.services.timers.clock.nowMs();
  }

  /**
   * The connection is gone, and with it whatever was under way.
   * @param onLeft called once nothing of it is, which may be at once
   */
  protected leave(cause: string | null, onLeft: () => void): void {
    if (this.state === STATE.open && !this.#maySpendLive()) this.#noteUnruly();
    this.state = STATE.closed;
    this.host.services.timers.disarm(this);
    this.#abandon(cause ?? "closed", onLeft);
    this.reader.over();
  }

  /** No stream is left: the connection is idle, or done. */
  protected rest(): void {
    if (this.state === STATE.drained || (this.#ended && this.state < STATE.lingering)) this.linger();
    else if (this.state === STATE.open) this.touch(this.host.snapshot.keepAliveMs);
  }

  /** The second half of draining. */
  protected takeNoMore(): void {
    this.state = STATE.drained;
    this.reader.goaway(this.reader.lastClientStream, CODE.noError);
    this.deadlineMs = Number.POSITIVE_INFINITY;
    if (this.live.size === 0) this.linger();
  }

  protected onFault(fault: H2Fault): void {
    this.recordFault(fault);
    this.host.snapshot.meters.listener.endedBy(ruleOf(fault));
    if (UNRULY.has(fault)) this.#noteUnruly();
    this.#abandon(ruleOf(fault), () => {});
    this.reader.over();
    this.linger();
  }

  /** Who leaves with answers under way has given them up, as if by so many resets. */
  #maySpendLive(): boolean {
    return this.reader.glitches.spend(COST.reset * this.reader.streams.size);
  }

  #noteUnruly(): void {
    this.host.unruly.note(this.clientAddress, this.nowMs());
  }

  /** Nothing is read or sent for any stream from now on; what they have under way is ended portion by portion. */
  #abandon(cause: string, onDone: () => void): void {
    for (const { record } of this.live) this.reader.reset(record, CODE.cancel);
    new H2Parting([...this.live], cause, onDone).doPortion();
  }

  protected recordFault(fault: H2Fault): void {
    const { snapshot, services } = this.host;
    services.observer.record(turnedAway(violationOf(fault), snapshot, this.clientAddress));
  }

  protected onDeadline(nowMs: number): void {
    if (this.state === STATE.lingering) this.connection.close();
    else if (this.connection.blocked) this.#judgeTaking(nowMs);
    else if (this.state === STATE.draining) this.takeNoMore();
    else if (this.reader.isInBlock) {
      this.reader.giveUp("headTimeout");
      this.onFault("headTimeout");
    } else if (this.live.size === 0) {
      this.reader.goaway(this.reader.lastClientStream, CODE.noError);
      this.linger();
    }
  }

  /** The client takes again what is sent to it. */
  protected caughtUp(): void {
    this.#takenBefore = -1;
  }

  /** Its exchanges are over, but the client has not taken all of their answers. */
  #judgeTaking(nowMs: number): void {
    const { minRateBytes, minRateWindowMs } = this.host.snapshot.fallback;
    const before = this.#takenBefore;
    this.#takenBefore = this.connection.takenBytes;
    const owed = Math.max(1, (minRateBytes * minRateWindowMs) / 1000);
    if (before >= 0 && this.#takenBefore - before < owed) this.connection.abort();
    else this.#setDeadline(nowMs + minRateWindowMs);
  }

  /** Sends our FIN behind the GOAWAY and waits for the client's: a RST could overtake what was sent (RFC 9112 section 9.6). */
  protected linger(): void {
    if (this.state >= STATE.lingering) return;
    this.state = STATE.lingering;
    this.sendControl();
    this.out.flushNow();
    this.connection.finish();
    this.touch(LINGER_MS);
    if (this.#ended) this.connection.close();
  }

  protected touch(afterMs: number): void {
    this.#setDeadline(this.nowMs() + afterMs);
  }

  /** The deadline is no later than this. */
  protected limit(afterMs: number): void {
    this.#setDeadline(Math.min(this.deadlineMs, this.nowMs() + afterMs));
  }

  #setDeadline(atMs: number): void {
    this.deadlineMs = atMs;
    if (atMs < this.slotDueMs) this.host.services.timers.arm(this);
  }
}

/** Faults that do harm by their numbers, and are no accident. */
const UNRULY: ReadonlySet<H2Fault> = new Set(["budget", "continuationFlood", "headerBlockBytes"]);

export const STATE = { open: 0, draining: 1, drained: 2, lingering: 3, closed: 4 } as const;
export type State = (typeof STATE)[keyof typeof STATE];

const DRAIN_PING = Buffer.from("drain  .");
const DRAIN_ROUND_TRIP_MS = 1_000;
const LINGER_MS = 2_000;
const LIMITS = {
  streams: 100,
  streamWindowBytes: 65_535,
  /** All streams' windows together, so that one that stands still never holds up another. */
  connectionWindowBytes: 100 * 65_535,
} as const;
