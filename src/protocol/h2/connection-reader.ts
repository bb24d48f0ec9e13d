/**
 * One side of an HTTP/2 connection (RFC 9113): received bytes to events, and the account of streams, windows and
 * settings that goes with them. What has to be answered at once (SETTINGS, PING, RST_STREAM, WINDOW_UPDATE, GOAWAY) is
 * written to `control`, which the session sends. What is a server's or a client's own is in the two subclasses.
 */
import { ByteSink } from "../../base/byte-sink.ts";
import { FieldBlock } from "../http/field-block.ts";
import { FORBIDDEN_TRAILERS } from "../http/field-names.ts";
import { CLOSED } from "./closed-streams.ts";
import { AGAIN, ConnectionAccount, MEASURING } from "./connection-account.ts";
import { type Settings, writePing, writeSettingsAck } from "./control-writer.ts";
import { EVENT, type Event } from "./events.ts";
import type { H2Fault } from "./fault.ts";
import type { SendWindow } from "./flow-window.ts";
import { FLAG, FRAME } from "./frame.ts";
import { FrameInput, NONE, readUint31, readUint32, TOO_LARGE } from "./frame-input.ts";
import { COST } from "./glitches.ts";
import { HeadBuilder, SECTION } from "./head-builder.ts";
import { HeaderFragments } from "./header-fragments.ts";
import { HpackDecoder } from "./hpack/decoder.ts";
import type { H2Limits } from "./limits.ts";
import { OpenData } from "./open-data.ts";
import type { StreamRecord } from "./stream-record.ts";
import { after, faultOf } from "./stream-state.ts";
import type { GrownWindows } from "./window-growth.ts";

export abstract class ConnectionReader<Owner> extends ConnectionAccount<Owner> {
  trailers: FieldBlock = NO_TRAILERS;
  /** The peer knows our settings. */
  protected acknowledged = false;
  protected readonly input: FrameInput = new FrameInput();
  protected readonly builder: HeadBuilder;
  readonly #decoder: HpackDecoder = new HpackDecoder(TABLE_BYTES);
  readonly #fragments: HeaderFragments;
  readonly #data: OpenData<Owner> = new OpenData();
  #nowMs = 0;
  #sawSettings = false;
  #dependsOnItself = false;
  /** What has been read since the last `enough`, in frames. */
  #frames = 0;
  #pendingEnd: StreamRecord<Owner> | null = null;

  constructor(limits: H2Limits, settings: Settings, grown: GrownWindows) {
    super(limits, settings, grown);
    this.builder = new HeadBuilder(limits);
    this.#fragments = new HeaderFragments(limits.headBytes * 2);
  }

  get bytes(): Buffer {
    return this.input.chunk;
  }

  /** A header block has begun and is not complete. */
  get isInBlock(): boolean {
    return this.#fragments.streamId !== 0;
  }

  get dataStart(): number {
    return this.#data.start;
  }

  get dataEnd(): number {
    return this.#data.end;
  }

  /** @param nowMs when it came */
  push(chunk: Buffer, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#frames = 0;
    this.glitches.refill(nowMs);
    this.path.begin();
    this.input.push(chunk);
  }

  next(): Event {
    for (;;) {
      if (this.faulted) return EVENT.fault;
      if (this.#frames >= FRAMES_AT_ONCE && this.isServer) return this.#rest();
      const event = this.#step();
      if (event !== AGAIN) return event;
    }
  }

  /** All of it is read: lets go of it. */
  done(): void {
    this.input.release();
    this.measure(this.#nowMs);
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
  /** HEADERS for a stream that is not open: a new one, or a fault. `undefined`: its block is read and dropped. */
  protected abstract admit(id: number): H2Fault | null | undefined;
  /** Where the fields of a block go; false: nowhere. */
  protected abstract beginBlock(id: number, stream: StreamRecord<Owner> | undefined): boolean;
  /** The block of `id` is complete. */
  protected abstract completeBlock(id: number, endsStream: boolean): Event | typeof AGAIN;
  /** Whether a stream with this id has never begun. */
  protected abstract isIdle(id: number): boolean;
  protected abstract onPriorityUpdate(): Event | typeof AGAIN;

  /** Trailers are read into a block of their own: they may have to wait for the body before them. */
  protected beginTrailers(): void {
    this.trailers = new FieldBlock(4);
    this.builder.begin(SECTION.trailers, this.trailers, new ByteSink(256));
  }

  protected completeTrailers(stream: StreamRecord<Owner>, endsStream: boolean): Event | typeof AGAIN {
    const { builder } = this;
    if (stream.tunnel === "open") return this.failStream(stream, "tunnelHeaders");
    if (!endsStream) return this.failStream(stream, "trailersWithoutEnd");
    if (builder.fault !== null) return this.failStream(stream, builder.fault);
    if (builder.excess !== null) return this.failStream(stream, "trailersTooLarge");
    if ((this.trailers.present & FORBIDDEN_TRAILERS) !== 0) return this.failStream(stream, "trailerField");
    const isEmpty = this.trailers.count === 0;
    const event = this.endReceived(stream, "recvHeadersEnd");
    if (event === EVENT.reset || event === EVENT.fault || isEmpty) return event;
    this.#pendingEnd = stream;
    return EVENT.trailers;
  }

  /** Say `end` for this stream next. */
  protected endNext(stream: StreamRecord<Owner>): void {
    this.#pendingEnd = stream;
  }

  #rest(): Event {
    this.#frames = 0;
    return EVENT.enough;
  }

  #step(): Event | typeof AGAIN {
    if (this.#pendingEnd !== null) return this.#sayEnd(this.#pendingEnd);
    if (this.#data.isOpen) return this.#readData();
    if (!this.readStart()) return this.fault === null ? EVENT.needData : this.fail(this.fault);
    const found = this.input.next();
    if (found === NONE) return EVENT.needData;
    if (found === TOO_LARGE) return this.fail("frameTooLarge");
    this.#frames++;
    if (!this.#sawSettings && !this.#isFirstFrame()) return this.fail("firstFrame");
    if (this.#fragments.streamId !== 0) return this.#continueBlock();
    return this.#readFrame();
  }

  #sayEnd(stream: StreamRecord<Owner>): Event {
    this.#pendingEnd = null;
    this.stream = stream;
    return EVENT.end;
  }

  #isFirstFrame(): boolean {
    const { type, flags } = this.input;
    this.#sawSettings = type === FRAME.settings && (flags & FLAG.ack) === 0;
    return this.#sawSettings;
  }

  #readFrame(): Event | typeof AGAIN {
    switch (this.input.type) {
      case FRAME.data:
        return this.#beginData();
      case FRAME.headers:
        return this.#onHeaders();
      case FRAME.windowUpdate:
        return this.#onWindowUpdate();
      case FRAME.rstStream:
        return this.#onReset();
      case FRAME.settings:
        return this.#onSettings();
      case FRAME.ping:
        return this.#onPing();
      case FRAME.goaway:
        return this.#onGoaway();
      case FRAME.priority:
        return this.#onPriority();
      case FRAME.pushPromise:
        return this.fail("pushPromise");
      case FRAME.continuation:
        return this.fail("continuation");
      case FRAME.priorityUpdate:
        return this.onPriorityUpdate();
      default:
        return this.#tolerate(COST.idleFrame);
    }
  }

  /** Legal and of no use. */
  #tolerate(cost: number): Event | typeof AGAIN {
    return this.spend(cost) ? AGAIN : this.fail("budget");
  }

  #beginData(): Event | typeof AGAIN {
    const { streamId, length, flags } = this.input;
    if (streamId === 0) return this.fail("streamZero");
    if (!this.receive.receive(length)) return this.fail("windowExceeded");
    this.path.received(length);
    if ((flags & FLAG.padded) !== 0 && length === 0) return this.fail("frameLength");
    const stream = this.streams.get(streamId);
    this.#data.begin(stream ?? null, length, flags);
    if (stream === undefined) return this.#dataForNobody(streamId);
    const fault = faultOf(stream.state, "recvData") ?? this.#dataFault(stream, length);
    if (fault !== null) {
      this.#data.drop();
      return this.failStream(stream, fault);
    }
    const isEmpty = length === 0 && (flags & FLAG.endStream) === 0;
    return isEmpty ? this.#tolerate(COST.emptyFrame) : AGAIN;
  }

  #dataFault(stream: StreamRecord<Owner>, length: number): H2Fault | null {
    if (!stream.receive.receive(length)) return "streamWindowExceeded";
    if (!stream.hasHead) return "dataBeforeHead";
    return stream.bodiless && length > 0 ? "bodyNotAllowed" : null;
  }

  /** Its bytes still count for the connection, and are granted again as they come. */
  #dataForNobody(id: number): Event | typeof AGAIN {
    if (this.isIdle(id)) return this.fail("idleStream");
    if (this.#mayCross(id)) return this.#tolerate(COST.idleFrame);
    // A target that goes on behind the end of an answer may have meant it for another one.
    if (!this.isServer && this.closed.how(id) === CLOSED.ended) return this.fail("closedStream");
    return this.refuse(id, "streamClosed", COST.reset);
  }

  /** We have given the stream up, and the peer may not have known it when it sent this. */
  #mayCross(id: number): boolean {
    return id > this.goawayId || this.closed.how(id) === CLOSED.resetByUs;
  }

  #readData(): Event | typeof AGAIN {
    const data = this.#data;
    const { stream } = data;
    const got = data.take(this.input);
    if (got < 0) return this.fail("padding");
    if (data.overheadBytes > 0) this.taken(stream, data.takeOverhead());
    // Whoever took the piece before may have given the stream up for it.
    if (stream === null || stream.state === "closed") {
      if (got > 0) this.taken(stream, got);
      return data.isOpen && this.input.pos === this.input.end ? EVENT.needData : AGAIN;
    }
    if (got > 0) {
      stream.receivedBytes += got;
      // Of what is too long nothing is passed on, however its bytes are cut.
      if (stream.expectedBytes >= 0 && stream.receivedBytes + data.comingBytes > stream.expectedBytes) {
        this.taken(null, got);
        data.drop();
        return this.failStream(stream, "contentLengthMismatch");
      }
      this.stream = stream;
      return EVENT.data;
    }
    if (data.isOpen) return EVENT.needData;
    return data.endsStream ? this.endReceived(stream, "recvDataEnd") : AGAIN;
  }

  #onHeaders(): Event | typeof AGAIN {
    const { input } = this;
    const { streamId, flags, bytes } = input;
    if (streamId === 0) return this.fail("streamZero");
    let start = input.start;
    let end = start + input.length;
    if ((flags & FLAG.padded) !== 0) {
      if (start === end) return this.fail("frameLength");
      end -= bytes[start++]!;
      if (end < start) return this.fail("padding");
    }
    this.#dependsOnItself = false;
    if ((flags & FLAG.priority) !== 0) {
      if (end - start < PRIORITY_BYTES) return this.fail("frameLength");
      this.#dependsOnItself = readUint31(bytes, start) === streamId;
      start += PRIORITY_BYTES;
    }
    const isWhole = (flags & FLAG.endHeaders) !== 0;
    if (!this.streams.has(streamId)) {
      const fault = this.admit(streamId);
      if (fault !== null && fault !== undefined) return this.fail(fault);
    }
    this.#fragments.begin(streamId, (flags & FLAG.endStream) !== 0, bytes, start, end, isWhole);
    if (isWhole) return this.#readBlock(streamId);
    return start === end ? this.#tolerate(COST.emptyFrame) : AGAIN;
  }

  #continueBlock(): Event | typeof AGAIN {
    const { type, streamId, flags, bytes, start, length } = this.input;
    if (type !== FRAME.continuation || streamId !== this.#fragments.streamId)
      return this.fail("continuation");
    const isLast = (flags & FLAG.endHeaders) !== 0;
    const fault = this.#fragments.add(bytes, start, start + length, isLast);
    if (fault !== null) return this.fail(fault);
    return isLast ? this.#readBlock(streamId) : AGAIN;
  }

  /** Every block is decoded, whatever becomes of it: the table must stay the same on both sides. */
  #readBlock(id: number): Event | typeof AGAIN {
    const { bytes, start, end, endsStream } = this.#fragments;
    this.#frames += (end - start) >> BLOCK_BYTES_BITS;
    const stream = this.streams.get(id);
    const wanted = this.beginBlock(id, stream);
    if (!wanted) this.builder.beginDropped();
    const isGood = this.#decoder.decode(bytes, start, end, this.builder);
    this.builder.finish();
    this.#fragments.release();
    if (!isGood) return this.fail("headerBlock");
    const known = stream ?? this.streams.get(id);
    if (known !== undefined) {
      const fault = this.#blockFault(known, endsStream);
      if (fault !== null) return this.failStream(known, fault);
    }
    if (!wanted) return this.#tolerate(COST.idleFrame);
    return this.completeBlock(id, endsStream);
  }

  #blockFault(stream: StreamRecord<Owner>, endsStream: boolean): H2Fault | null {
    if (this.#dependsOnItself) return "selfDependency";
    return faultOf(stream.state, endsStream ? "recvHeadersEnd" : "recvHeaders");
  }

  #onWindowUpdate(): Event | typeof AGAIN {
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
      return this.isIdle(streamId) ? this.fail("idleStream") : this.#tolerate(COST.idleFrame);
    if (increment === 0) return this.failStream(stream, "streamZeroIncrement");
    if (!stream.send.grant(increment)) return this.failStream(stream, "streamWindowOverflow");
    return this.#windowOpened(stream, stream.send);
  }

  #windowOpened(stream: StreamRecord<Owner> | null, window: SendWindow): Event | typeof AGAIN {
    this.stream = stream;
    if (window.bytes < DRIBBLE_BYTES && !this.spend(COST.dribble)) return this.fail("budget");
    return EVENT.window;
  }

  #onReset(): Event | typeof AGAIN {
    const { length, streamId, bytes, start } = this.input;
    if (length !== 4) return this.fail("frameLength");
    if (streamId === 0) return this.fail("streamZero");
    const stream = this.streams.get(streamId);
    if (stream === undefined)
      return this.isIdle(streamId) ? this.fail("idleStream") : this.#tolerate(COST.idleFrame);
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

  #onSettings(): Event | typeof AGAIN {
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

  #onPing(): Event | typeof AGAIN {
    const { length, streamId, flags, bytes, start } = this.input;
    if (streamId !== 0) return this.fail("connectionFrame");
    if (length !== 8) return this.fail("frameLength");
    if ((flags & FLAG.ack) !== 0) return this.#onPong(bytes, start);
    writePing(this.control, bytes, start, true);
    return this.#tolerate(COST.ping);
  }

  #onPong(bytes: Buffer, start: number): Event | typeof AGAIN {
    if (!this.path.isAsking || MEASURING.compare(bytes, start, start + MEASURING.length) !== 0)
      return EVENT.pong;
    this.path.answered(this.#nowMs);
    return AGAIN;
  }

  #onGoaway(): Event | typeof AGAIN {
    const { length, streamId, bytes, start } = this.input;
    if (streamId !== 0) return this.fail("connectionFrame");
    if (length < 8) return this.fail("frameLength");
    this.lastStreamId = readUint31(bytes, start);
    this.errorCode = readUint32(bytes, start + 4);
    return EVENT.goaway;
  }

  /** RFC 9113 section 5.3.2: read, checked and without effect. */
  #onPriority(): Event | typeof AGAIN {
    const { length, streamId, bytes, start } = this.input;
    if (streamId === 0) return this.fail("streamZero");
    const selfDependency = length === PRIORITY_BYTES && readUint31(bytes, start) === streamId;
    if (length === PRIORITY_BYTES && !selfDependency) return this.#tolerate(COST.idleFrame);
    const fault = selfDependency ? "selfDependency" : "priorityLength";
    const stream = this.streams.get(streamId);
    if (stream !== undefined) return this.failStream(stream, fault);
    // A stream that has not begun cannot be reset.
    if (this.isIdle(streamId)) return this.fail(fault);
    return this.#mayCross(streamId)
      ? this.#tolerate(COST.idleFrame)
      : this.refuse(streamId, fault, COST.reset);
  }
}

/** What we say of our table by saying nothing. */
const TABLE_BYTES = 4_096;
const PRIORITY_BYTES = 5;
/** Some 0.3 ms; a client that has nothing else in mind sends sixteen requests at once, or a few dozen. */
const FRAMES_AT_ONCE = 200;
/** To decode 128 bytes of a header block costs as much as a frame without one. */
const BLOCK_BYTES_BITS = 7;
/** A window that opens by less makes us send crumbs (CVE-2019-9511). */
const DRIBBLE_BYTES = 256;
const NO_TRAILERS: FieldBlock = new FieldBlock(0);
