/**
 * One side of an HTTP/2 connection (RFC 9113): received bytes to events, frame by frame. The account of streams, windows and
 * settings that goes with them is in ConnectionAccount, the frames of the connection itself in ControlReader, those of messages in
 * MessageReader. What has to be answered at once (SETTINGS, PING, RST_STREAM, WINDOW_UPDATE, GOAWAY) is written to `control`,
 * which the session sends. What is a server's or a client's own is in the two subclasses.
 */
import { AGAIN } from "./connection-account.ts";
import { EVENT, type Event } from "./events.ts";
import { FLAG, FRAME } from "./frame.ts";
import { NONE, TOO_LARGE } from "./frame-input.ts";
import { COST } from "./glitches.ts";
import { MessageReader } from "./message-reader.ts";

export abstract class ConnectionReader<Owner> extends MessageReader<Owner> {
  #sawSettings = false;

  get bytes(): Buffer {
    return this.input.chunk;
  }

  /** @param nowMs when it came */
  push(chunk: Buffer, nowMs: number): void {
    this.nowMs = nowMs;
    this.frames = 0;
    this.glitches.refill(nowMs);
    this.path.begin();
    this.input.push(chunk);
  }

  next(): Event {
    for (;;) {
      if (this.faulted) return EVENT.fault;
      if (this.frames >= FRAMES_AT_ONCE && this.isServer) return this.#rest();
      const event = this.#step();
      if (event !== AGAIN) return event;
    }
  }

  /** All of it is read: lets go of it. */
  done(): void {
    this.input.release();
    this.measure(this.nowMs);
  }

  /** What has come and was not read will not be. */
  override over(): void {
    super.over();
    this.input.drop();
  }

  /** Whether nothing of the chunk is needed here any more. */
  hasLetGo(chunk: Buffer): boolean {
    return this.input.chunk !== chunk && this.input.bytes !== chunk;
  }

  /** Bytes at the start that are no frame (the preface): false while they have not all come. */
  protected abstract readStart(): boolean;

  #rest(): Event {
    this.frames = 0;
    return EVENT.enough;
  }

  #step(): Event | typeof AGAIN {
    const event = this.readOn();
    if (event !== null) return event;
    if (!this.readStart()) return this.fault === null ? EVENT.needData : this.fail(this.fault);
    const found = this.input.next();
    if (found === NONE) return EVENT.needData;
    if (found === TOO_LARGE) return this.fail("frameTooLarge");
    this.frames++;
    if (!this.#sawSettings && !this.#isFirstFrame()) return this.fail("firstFrame");
    return this.isInBlock ? this.continueBlock() : this.#readFrame();
  }

  #isFirstFrame(): boolean {
    const { type, flags } = this.input;
    this.#sawSettings = type === FRAME.settings && (flags & FLAG.ack) === 0;
    return this.#sawSettings;
  }

  #readFrame(): Event | typeof AGAIN {
    switch (this.input.type) {
      case FRAME.data:
        return this.beginData();
      case FRAME.headers:
        return this.onHeaders();
      case FRAME.windowUpdate:
        return this.onWindowUpdate();
      case FRAME.rstStream:
        return this.onReset();
      case FRAME.settings:
        return this.onSettings();
      case FRAME.ping:
        return this.onPing();
      case FRAME.goaway:
        return this.onGoaway();
      case FRAME.priority:
        return this.onPriority();
      case FRAME.pushPromise:
        return this.fail("pushPromise");
      case FRAME.continuation:
        return this.fail("continuation");
      case FRAME.priorityUpdate:
        return this.onPriorityUpdate();
      default:
        return this.tolerate(COST.idleFrame);
    }
  }
}

/** Some 0.3 ms; a client that has nothing else in mind sends sixteen requests at once, or a few dozen. */
const FRAMES_AT_ONCE = 200;
