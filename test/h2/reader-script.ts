/** Feeds a reader and writes down what it says: events as words, and behind `>` what it wants to be sent. */
import { ClientReader } from "../../src/protocol/h2/client-reader.ts";
import type { ConnectionReader } from "../../src/protocol/h2/connection-reader.ts";
import { EVENT } from "../../src/protocol/h2/events.ts";
import type { H2Limits } from "../../src/protocol/h2/limits.ts";
import { ServerReader } from "../../src/protocol/h2/server-reader.ts";
import { HeadStock } from "../../src/protocol/h2/stream-record.ts";
import { chunkOf } from "../conformance/feed-cases.ts";
import { describeFrame, readFrames } from "./frames.ts";

export const TEST_LIMITS: H2Limits = {
  headBytes: 2_000,
  fieldCount: 40,
  streams: 4,
  streamWindowBytes: 65_535,
  connectionWindowBytes: 65_535,
};

export abstract class ReaderScript<R extends ConnectionReader<string>> {
  readonly reader: R;
  readonly events: string[] = [];
  /** Data is told by its length, and joined, so that the cut of its pieces does not show. */
  #dataOf = 0;
  #dataBytes = 0;
  #over = false;

  constructor(reader: R) {
    this.reader = reader;
    reader.control.length = 0;
  }

  push(bytes: string): void {
    if (this.#over) return;
    this.reader.push(chunkOf(bytes), 0);
    for (;;) {
      const event = this.reader.next();
      if (event === EVENT.needData) return;
      if (event === EVENT.enough) continue;
      if (event === EVENT.data) this.#noteData();
      else {
        this.#tellData();
        this.events.push(this.describe(event));
      }
      this.#over = event === EVENT.fault;
      if (this.#over) return;
    }
  }

  /** Data so far. What is to be sent comes behind all events: when in between, depends on how the bytes were cut. */
  tell(): void {
    this.#tellData();
    const { control } = this.reader;
    const frames = readFrames(control.bytes.toString("latin1", 0, control.length));
    control.length = 0;
    this.events.push(...frames.map((frame) => `> ${describeFrame(frame)}`));
  }

  protected abstract describeHead(): string;

  protected describe(event: number): string {
    const { reader } = this;
    const id = reader.stream?.id ?? 0;
    switch (event) {
      case EVENT.head:
        return this.describeHead();
      case EVENT.trailers:
        return `trailers ${id} ${reader.trailers.names().join(" ")}`;
      case EVENT.end:
        return `end ${id}`;
      case EVENT.reset:
        return `reset ${id} ${reader.fault ?? reader.errorCode}`;
      case EVENT.refused:
        return `refused ${id} ${reader.violation!.code}${reader.violation!.rule === null ? "" : `/${reader.violation!.rule}`}`;
      case EVENT.goaway:
        return `goaway ${reader.lastStreamId} ${reader.errorCode}`;
      case EVENT.fault:
        return `fault ${reader.fault}`;
      default:
        return Object.entries(EVENT).find(([, number]) => number === event)![0];
    }
  }

  #tellData(): void {
    if (this.#dataBytes > 0) this.events.push(`data ${this.#dataOf} ${this.#dataBytes}`);
    this.#dataBytes = 0;
  }

  #noteData(): void {
    const { reader } = this;
    const { id } = reader.stream!;
    if (this.#dataOf !== id) this.#tellData();
    this.#dataOf = id;
    this.#dataBytes += reader.dataEnd - reader.dataStart;
  }
}

export class ServerScript extends ReaderScript<ServerReader<string>> {
  constructor(limits: Partial<H2Limits> = {}) {
    super(new ServerReader({ ...TEST_LIMITS, ...limits }, new HeadStock(), { bytes: 0 }));
  }

  protected override describeHead(): string {
    const { id, head } = this.reader.stream!;
    const { method } = head!.head;
    return `head ${id} ${method} ${head!.head.authority()}${head!.head.target()}`;
  }
}

export class ClientScript extends ReaderScript<ClientReader<string>> {
  /** @param methods of the requests that have been sent */
  constructor(methods: readonly string[] = ["GET"], limits: Partial<H2Limits> = {}) {
    super(new ClientReader({ ...TEST_LIMITS, ...limits }, { bytes: 0 }));
    for (const method of methods)
      this.reader.sentHeaders(this.reader.open(method === "HEAD", method === "CONNECT"), true);
  }

  protected override describeHead(): string {
    return `head ${this.reader.stream!.id} ${this.reader.head.status}`;
  }
}
