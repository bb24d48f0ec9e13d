/** The side that asks: answers come in on streams of our own (RFC 9113 section 8.3.2). */
import { ByteSink } from "../../base/byte-sink.ts";
import { BODY } from "../http/framing.ts";
import { isInformational, ResponseHead } from "../http/response-head.ts";
import { CLOSED } from "./closed-streams.ts";
import type { AGAIN } from "./connection-account.ts";
import { ConnectionReader } from "./connection-reader.ts";
import { EVENT, type Event } from "./events.ts";
import type { H2Fault } from "./fault.ts";
import { MAX_STREAM_ID, PREFACE, SETTING } from "./frame.ts";
import { SECTION } from "./head-builder.ts";
import type { H2Limits } from "./limits.ts";
import { completeResponseHead, isGranted } from "./response-head-rules.ts";
import { StreamRecord } from "./stream-record.ts";
import { after } from "./stream-state.ts";
import type { GrownWindows } from "./window-growth.ts";

export class ClientReader<Owner> extends ConnectionReader<Owner> {
  /** Valid during `EVENT.head` only: all streams share it. */
  readonly head: ResponseHead = new ResponseHead();
  readonly #sink: ByteSink = new ByteSink(1_024);
  #nextId = 1;

  constructor(limits: H2Limits, grown: GrownWindows) {
    super(
      limits,
      [
        [SETTING.enablePush, 0],
        [SETTING.initialWindowSize, limits.streamWindowBytes],
        [SETTING.maxHeaderListSize, limits.headBytes],
      ],
      grown,
    );
    // The preface goes before all that the constructor has written.
    const first = Buffer.from(this.control.bytes.subarray(0, this.control.length));
    this.control.length = 0;
    this.control.all(PREFACE);
    this.control.all(first);
  }

  /** Whether another stream can be opened at all. */
  get isSpent(): boolean {
    return this.#nextId > MAX_STREAM_ID;
  }

  /**
   * @param bodiless its answer has no body, whatever its fields say (HEAD)
   * @param asksTunnel it is an extended CONNECT
   */
  open(bodiless: boolean, asksTunnel = false): StreamRecord<Owner> {
    const stream = new StreamRecord<Owner>(
      this.#nextId,
      this.peer.initialWindowBytes,
      this.limits.streamWindowBytes,
    );
    stream.bodiless = bodiless;
    if (asksTunnel) stream.tunnel = "asked";
    this.#nextId += 2;
    this.streams.add(stream);
    return stream;
  }

  protected override get isServer(): boolean {
    return false;
  }

  protected override isIdle(id: number): boolean {
    return id >= this.#nextId || id % 2 === 0;
  }

  protected override readStart(): boolean {
    return true;
  }

  protected override admit(id: number): H2Fault | null | undefined {
    if (this.isIdle(id)) return "idleStream";
    return this.closed.how(id) === CLOSED.ended ? "closedStream" : undefined;
  }

  protected override beginBlock(_id: number, stream: StreamRecord<Owner> | undefined): boolean {
    if (stream === undefined || stream.state === "halfClosedRemote") return false;
    if (stream.hasHead) this.beginTrailers();
    else {
      this.head.reset();
      this.builder.begin(SECTION.response, this.head.fields, this.#sink);
    }
    return true;
  }

  protected override completeBlock(id: number, endsStream: boolean): Event | typeof AGAIN {
    const stream = this.streams.get(id)!;
    if (stream.hasHead) return this.completeTrailers(stream, endsStream);
    if (this.builder.excess !== null) return this.failStream(stream, "headTooLarge");
    const fault = completeResponseHead(this.head, this.builder, stream, endsStream);
    if (fault !== null) return this.failStream(stream, fault);
    this.stream = stream;
    if (isInformational(this.head.status)) {
      stream.state = after(stream.state, "recvHeaders");
      return ++stream.interimHeads > MAX_INTERIM_HEADS
        ? this.failStream(stream, "informational")
        : EVENT.head;
    }
    return this.#completeFinal(stream, endsStream);
  }

  #completeFinal(stream: StreamRecord<Owner>, endsStream: boolean): Event {
    const { framing } = this.head;
    stream.hasHead = true;
    if (stream.tunnel === "asked") stream.tunnel = isGranted(stream, this.head.status) ? "open" : "none";
    stream.bodiless = framing.kind === BODY.none && stream.tunnel === "none";
    if (framing.kind === BODY.length) stream.expectedBytes = framing.contentLength;
    if (endsStream) {
      this.endReceived(stream, "recvHeadersEnd");
      this.endNext(stream);
    } else stream.state = after(stream.state, "recvHeaders");
    return EVENT.head;
  }

  protected override onPriorityUpdate(): Event | typeof AGAIN {
    return this.fail("priorityUpdate");
  }
}

/** As in HTTP/1.1: an upstream that goes on with interim heads is cut off. */
const MAX_INTERIM_HEADS = 32;
