/**
 * The frames of an HTTP/2 connection that messages come in: header blocks out of HEADERS and CONTINUATION (RFC 9113 section 4.3), and
 * DATA, piece by piece as it arrives. What a block must be is a server's or a client's own.
 */
import { ByteSink } from "../../base/byte-sink.ts";
import { FieldBlock } from "../http/field-block.ts";
import { FORBIDDEN_TRAILERS } from "../http/field-names.ts";
import { CLOSED } from "./closed-streams.ts";
import { AGAIN } from "./connection-account.ts";
import { ControlReader, PRIORITY_BYTES } from "./control-reader.ts";
import type { Settings } from "./control-writer.ts";
import { EVENT, type Event } from "./events.ts";
import type { H2Fault } from "./fault.ts";
import { FLAG, FRAME } from "./frame.ts";
import { readUint31 } from "./frame-input.ts";
import { COST } from "./glitches.ts";
import { HeadBuilder, SECTION } from "./head-builder.ts";
import { HeaderFragments } from "./header-fragments.ts";
import { HpackDecoder } from "./hpack/decoder.ts";
import type { H2Limits } from "./limits.ts";
import { OpenData } from "./open-data.ts";
import type { StreamRecord } from "./stream-record.ts";
import { faultOf } from "./stream-state.ts";
import type { GrownWindows } from "./window-growth.ts";

export abstract class MessageReader<Owner> extends ControlReader<Owner> {
  trailers: FieldBlock = NO_TRAILERS;
  protected readonly builder: HeadBuilder;
  /** What has been read since the last `enough`, in frames. */
  protected frames = 0;
  readonly #decoder: HpackDecoder = new HpackDecoder(TABLE_BYTES);
  readonly #fragments: HeaderFragments;
  readonly #data: OpenData<Owner> = new OpenData();
  #dependsOnItself = false;
  #pendingEnd: StreamRecord<Owner> | null = null;

  constructor(limits: H2Limits, settings: Settings, grown: GrownWindows) {
    super(limits, settings, grown);
    this.builder = new HeadBuilder(limits);
    this.#fragments = new HeaderFragments(limits.headBytes * 2);
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

  /** HEADERS for a stream that is not open: a new one, or a fault. `undefined`: its block is read and dropped. */
  protected abstract admit(id: number): H2Fault | null | undefined;
  /** Where the fields of a block go; false: nowhere. */
  protected abstract beginBlock(id: number, stream: StreamRecord<Owner> | undefined): boolean;
  /** The block of `id` is complete. */
  protected abstract completeBlock(id: number, endsStream: boolean): Event | typeof AGAIN;

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

  /** What is still to be told or read of a frame before; null: nothing, the next frame may come. */
  protected readOn(): Event | typeof AGAIN | null {
    if (this.#pendingEnd !== null) return this.#sayEnd(this.#pendingEnd);
    return this.#data.isOpen ? this.#readData() : null;
  }

  #sayEnd(stream: StreamRecord<Owner>): Event {
    this.#pendingEnd = null;
    this.stream = stream;
    return EVENT.end;
  }

  protected beginData(): Event | typeof AGAIN {
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
    return isEmpty ? this.tolerate(COST.emptyFrame) : AGAIN;
  }

  #dataFault(stream: StreamRecord<Owner>, length: number): H2Fault | null {
    if (!stream.receive.receive(length)) return "streamWindowExceeded";
    if (!stream.hasHead) return "dataBeforeHead";
    return stream.bodiless && length > 0 ? "bodyNotAllowed" : null;
  }

  /** Its bytes still count for the connection, and are granted again as they come. */
  #dataForNobody(id: number): Event | typeof AGAIN {
    if (this.isIdle(id)) return this.fail("idleStream");
    if (this.mayCross(id)) return this.tolerate(COST.idleFrame);
    // A target that goes on behind the end of an answer may have meant it for another one.
    if (!this.isServer && this.closed.how(id) === CLOSED.ended) return this.fail("closedStream");
    return this.refuse(id, "streamClosed", COST.reset);
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

  protected onHeaders(): Event | typeof AGAIN {
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
    return start === end ? this.tolerate(COST.emptyFrame) : AGAIN;
  }

  protected continueBlock(): Event | typeof AGAIN {
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
    this.frames += (end - start) >> BLOCK_BYTES_BITS;
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
    if (!wanted) return this.tolerate(COST.idleFrame);
    return this.completeBlock(id, endsStream);
  }

  #blockFault(stream: StreamRecord<Owner>, endsStream: boolean): H2Fault | null {
    if (this.#dependsOnItself) return "selfDependency";
    return faultOf(stream.state, endsStream ? "recvHeadersEnd" : "recvHeaders");
  }
}

/** What we say of our table by saying nothing. */
const TABLE_BYTES = 4_096;
/** To decode 128 bytes of a header block costs as much as a frame without one. */
const BLOCK_BYTES_BITS = 7;
const NO_TRAILERS: FieldBlock = new FieldBlock(0);
