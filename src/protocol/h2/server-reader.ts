/** The side that is asked: requests come in on streams of the client's (RFC 9113 section 8.3.1). */

import { FIELD } from "../http/field-names.ts";
import { BODY } from "../http/framing.ts";
import { AnnouncedPriorities } from "./announced-priorities.ts";
import { CLOSED } from "./closed-streams.ts";
import { AGAIN } from "./connection-account.ts";
import { ConnectionReader } from "./connection-reader.ts";
import { EVENT, type Event } from "./events.ts";
import { becomeUpgrade } from "./extended-connect.ts";
import type { H2Fault } from "./fault.ts";
import { PREFACE, SETTING } from "./frame.ts";
import { readUint31 } from "./frame-input.ts";
import { COST } from "./glitches.ts";
import { SECTION } from "./head-builder.ts";
import { PSEUDO } from "./hpack/field-mark.ts";
import type { H2Limits } from "./limits.ts";
import { readPriority } from "./priority.ts";
import { completeRequestHead } from "./request-head-rules.ts";
import { type HeadStock, type HeldHead, StreamRecord } from "./stream-record.ts";
import { after } from "./stream-state.ts";
import type { GrownWindows } from "./window-growth.ts";

export class ServerReader<Owner> extends ConnectionReader<Owner> {
  readonly #heads: HeadStock;
  #prefaceBytes = 0;
  #lastId = 0;
  #held: HeldHead | null = null;
  readonly #announced: AnnouncedPriorities;
  /** The last block is that of a stream beyond the limit. */
  #refused = false;

  constructor(limits: H2Limits, heads: HeadStock, grown: GrownWindows) {
    super(
      limits,
      [
        [SETTING.maxConcurrentStreams, limits.streams],
        [SETTING.initialWindowSize, limits.streamWindowBytes],
        [SETTING.maxHeaderListSize, limits.headBytes],
        [SETTING.enableConnectProtocol, 1],
      ],
      grown,
    );
    this.#heads = heads;
    this.#announced = new AnnouncedPriorities(limits.streams);
  }

  /** The highest stream that the client has begun. */
  get lastClientStream(): number {
    return this.#lastId;
  }

  protected override get lastPeerStream(): number {
    return this.#lastId;
  }

  protected override get isServer(): boolean {
    return true;
  }

  protected override isIdle(id: number): boolean {
    return id > this.#lastId || id % 2 === 0;
  }

  protected override readStart(): boolean {
    const { input } = this;
    while (this.#prefaceBytes < PREFACE.length) {
      if (input.pos === input.end) return false;
      if (input.chunk[input.pos++] !== PREFACE[this.#prefaceBytes++]) {
        this.fault = "preface";
        return false;
      }
    }
    return true;
  }

  protected override admit(id: number): H2Fault | null | undefined {
    if (id % 2 === 0) return "streamParity";
    if (id > this.#lastId) return null;
    const how = this.closed.how(id);
    if (how === CLOSED.resetByUs || id > this.goawayId) return undefined;
    return how === CLOSED.ended ? "closedStream" : "streamOrder";
  }

  protected override beginBlock(id: number, stream: StreamRecord<Owner> | undefined): boolean {
    this.#refused = false;
    this.#held = null;
    if (stream !== undefined) {
      if (stream.state === "halfClosedRemote") return false;
      this.beginTrailers();
      return true;
    }
    if (id <= this.#lastId) return false;
    this.#lastId = id;
    if (id > this.goawayId) return false;
    this.#refused = this.streams.size >= this.limits.streams;
    this.#held = this.#heads.take();
    this.builder.begin(SECTION.request, this.#held.head.fields, this.#held.sink);
    if (!this.#refused) {
      const opened = new StreamRecord<Owner>(id, this.peer.initialWindowBytes, this.limits.streamWindowBytes);
      opened.state = after(opened.state, "recvHeaders");
      opened.head = this.#held;
      this.streams.add(opened);
    }
    return true;
  }

  protected override completeBlock(id: number, endsStream: boolean): Event | typeof AGAIN {
    const held = this.#held;
    this.#held = null;
    if (this.#refused) {
      this.#heads.give(held!);
      return this.refuse(id, "refusedStream", this.acknowledged ? COST.refused : COST.refusedUnknowing);
    }
    const stream = this.streams.get(id)!;
    if (held === null) return this.completeTrailers(stream, endsStream);
    if (endsStream) stream.state = after(stream.state, "recvHeadersEnd");
    stream.hasHead = true;
    return this.#completeHead(stream, held, endsStream);
  }

  #completeHead(stream: StreamRecord<Owner>, held: HeldHead, endsStream: boolean): Event {
    const { head } = held;
    const problem = completeRequestHead(head, this.builder, endsStream);
    if (typeof problem === "string") return this.failStream(stream, problem);
    this.stream = stream;
    if (problem !== null) {
      this.violation = problem;
      return this.builder.excess === null || this.spend(COST.largeHead) ? EVENT.refused : this.fail("budget");
    }
    if (this.builder.hasPseudo(PSEUDO.protocol)) becomeUpgrade(held);
    if (head.framing.kind === BODY.length) stream.expectedBytes = head.framing.contentLength;
    if (head.fields.has(FIELD.priority)) readPriority(head.fields.get("priority")!, stream);
    this.#announced.apply(stream);
    return EVENT.head;
  }

  /** RFC 9218 section 7.1. */
  protected override onPriorityUpdate(): Event | typeof AGAIN {
    const { length, streamId, bytes, start } = this.input;
    if (streamId !== 0) return this.fail("connectionFrame");
    if (length < 4) return this.fail("frameLength");
    const id = readUint31(bytes, start);
    if (id === 0 || id % 2 === 0) return this.fail("priorityUpdate");
    if (!this.spend(COST.idleFrame)) return this.fail("budget");
    const text = bytes.toString("latin1", start + 4, start + length);
    if (id > this.#lastId) this.#announced.announce(id, text);
    const stream = this.streams.get(id);
    if (stream === undefined) return AGAIN;
    readPriority(text, stream);
    this.stream = stream;
    return EVENT.priority;
  }
}
