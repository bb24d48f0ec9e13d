/**
 * The frames of an HTTP/2 connection that carry no part of a message: WINDOW_UPDATE, RST_STREAM, SETTINGS, PING, GOAWAY and
 * PRIORITY (RFC 9113 sections 6.3 to 6.9). Whatever one of them asks for is written to `control` at once.
 */
import { CLOSED } from "./closed-streams.ts";
import { AGAIN, ConnectionAccount, MEASURING } from "./connection-account.ts";
import { writePing, writeSettingsAck } from "./control-writer.ts";
import { EVENT, type Event } from "./events.ts";
import type { SendWindow } from "./flow-window.ts";
import { FLAG } from "./frame.ts";
import { FrameInput, readUint31, readUint32 } from "./frame-input.ts";
import { COST } from "./glitches.ts";
import type { StreamRecord } from "./stream-record.ts";
import { after } from "./stream-state.ts";

export abstract class ControlReader<Owner> extends ConnectionAccount<Owner> {
  protected readonly input: FrameInput = new FrameInput();
  /** When what is being read came. */
  protected nowMs = 0;
  /** The peer knows our settings. */
  protected acknowledged = false;

  /** Whether a stream with this id has never begun. */
  protected abstract isIdle(id: number): boolean;
  protected abstract onPriorityUpdate(): Event | typeof AGAIN;

  /** Legal and of no use. */
  protected tolerate(cost: number): Event | typeof AGAIN {
    return this.spend(cost) ? AGAIN : this.fail("budget");
  }

  /** We have given the stream up, and the peer may not have known it when it sent this. */
  protected mayCross(id: number): boolean {
    return id > this.goawayId || this.closed.how(id) === CLOSED.resetByUs;
  }

  protected onWindowUpdate(): Event | typeof AGAIN {
    const { length, streamId, bytes, start } = this.input;
    if (length !== 4) return this.fail("frameLength");
    const increment = readUint31(bytes, start);
    if (streamId === 0) {
      if (increment === 0) return this.fail("zeroIncrement");
      if (!this.send.grant(increment)) return this.fail("windowOverflow");
      return this.#windowOpened(null, this.send);
    }
    const stream = this.streams.get(streamId);
    if (stream === undefined)
      return this.isIdle(streamId) ? this.fail("idleStream") : this.tolerate(COST.idleFrame);
    if (increment === 0) return this.failStream(stream, "streamZeroIncrement");
    if (!stream.send.grant(increment)) return this.failStream(stream, "streamWindowOverflow");
    return this.#windowOpened(stream, stream.send);
  }

  #windowOpened(stream: StreamRecord<Owner> | null, window: SendWindow): Event | typeof AGAIN {
    this.stream = stream;
    if (window.bytes < DRIBBLE_BYTES && !this.spend(COST.dribble)) return this.fail("budget");
    return EVENT.window;
  }

  protected onReset(): Event | typeof AGAIN {
    const { length, streamId, bytes, start } = this.input;
    if (length !== 4) return this.fail("frameLength");
    if (streamId === 0) return this.fail("streamZero");
    const stream = this.streams.get(streamId);
    if (stream === undefined)
      return this.isIdle(streamId) ? this.fail("idleStream") : this.tolerate(COST.idleFrame);
    this.stream = stream;
    this.fault = null;
    this.errorCode = readUint32(bytes, start);
    // A request that is answered to its end is not given up.
    const isGivenUp = this.isServer && stream.state !== "halfClosedLocal";
    stream.state = after(stream.state, "recvReset");
    this.release(stream);
    this.closed.note(streamId, CLOSED.ended);
    return isGivenUp && !this.spend(COST.reset) ? this.fail("budget") : EVENT.reset;
  }

  protected onSettings(): Event | typeof AGAIN {
    const { length, streamId, flags, bytes, start } = this.input;
    if (streamId !== 0) return this.fail("connectionFrame");
    if ((flags & FLAG.ack) !== 0) return length === 0 ? this.#onSettingsAck() : this.fail("frameLength");
    if (length % 6 !== 0) return this.fail("frameLength");
    const before = this.peer.initialWindowBytes;
    for (let at = start; at < start + length; at += 6) {
      const fault = this.peer.take(bytes, at, !this.isServer);
      if (fault !== null) return this.fail(fault);
    }
    if (!this.moveWindows(this.peer.initialWindowBytes - before)) return this.fail("initialWindow");
    writeSettingsAck(this.control);
    return this.spend(COST.settings) ? EVENT.settings : this.fail("budget");
  }

  #onSettingsAck(): typeof AGAIN {
    this.acknowledged = true;
    return AGAIN;
  }

  protected onPing(): Event | typeof AGAIN {
    const { length, streamId, flags, bytes, start } = this.input;
    if (streamId !== 0) return this.fail("connectionFrame");
    if (length !== 8) return this.fail("frameLength");
    if ((flags & FLAG.ack) !== 0) return this.#onPong(bytes, start);
    writePing(this.control, bytes, start, true);
    return this.tolerate(COST.ping);
  }

  #onPong(bytes: Buffer, start: number): Event | typeof AGAIN {
    if (!this.path.isAsking || MEASURING.compare(bytes, start, start + MEASURING.length) !== 0)
      return EVENT.pong;
    this.path.answered(this.nowMs);
    return AGAIN;
  }

  protected onGoaway(): Event | typeof AGAIN {
    const { length, streamId, bytes, start } = this.input;
    if (streamId !== 0) return this.fail("connectionFrame");
    if (length < 8) return this.fail("frameLength");
    this.lastStreamId = readUint31(bytes, start);
    this.errorCode = readUint32(bytes, start + 4);
    return EVENT.goaway;
  }

  /** RFC 9113 section 5.3.2: read, checked and without effect. */
  protected onPriority(): Event | typeof AGAIN {
    const { length, streamId, bytes, start } = this.input;
    if (streamId === 0) return this.fail("streamZero");
    const selfDependency = length === PRIORITY_BYTES && readUint31(bytes, start) === streamId;
    if (length === PRIORITY_BYTES && !selfDependency) return this.tolerate(COST.idleFrame);
    const fault = selfDependency ? "selfDependency" : "priorityLength";
    const stream = this.streams.get(streamId);
    if (stream !== undefined) return this.failStream(stream, fault);
    // A stream that has not begun cannot be reset.
    if (this.isIdle(streamId)) return this.fail(fault);
    return this.mayCross(streamId) ? this.tolerate(COST.idleFrame) : this.refuse(streamId, fault, COST.reset);
  }
}

export const PRIORITY_BYTES = 5;
/** A window that opens by less makes us send crumbs (CVE-2019-9511). */
const DRIBBLE_BYTES = 256;
