/**
 * A record that waits for its line. An exchange's record holds only while the exchange does, and code that runs once
 * between two requests finds nothing of itself in the processor's caches. So a record is copied, which is little, and
 * its line is formed in a row with others. Texts are kept, and what came as bytes is copied.
 */
import type { ByteSink } from "../../base/byte-sink.ts";
import type { ProxyError } from "../../base/proxy-error.ts";
import type { CloseSide } from "../closed-by.ts";
import type { ExchangeRecord, RecordSource, WritableId } from "../exchange-record.ts";

/** The header fields that lines show, by their lower-case names. */
export interface ShownFields {
  readonly request: readonly string[];
  readonly answer: readonly string[];
}

/** Used again and again. */
export class WaitingRecord implements ExchangeRecord, RecordSource {
  /** When the exchange ended. */
  wallMs = 0;
  kind: "http" | "tcp" = "http";
  listener = "";
  route: string | null = null;
  target: string | null = null;
  traceId: string | null = null;
  remoteAddress = "";
  method: string | null = null;
  protocol: string | null = null;
  status: number | null = null;
  attempts = 0;
  reused: boolean | null = null;
  closedBy: CloseSide | null = null;
  receivedBytes = 0;
  sentBytes = 0;
  queueMs: number | null = null;
  connectMs: number | null = null;
  headMs: number | null = null;
  totalMs = 0;
  error: ProxyError | null = null;
  source: RecordSource | null = null;
  id: WritableId = NO_ID;
  hostStart = 0;
  hostEnd = 0;
  pathStart = 0;
  queryStart = 0;
  pathEnd = 0;
  readonly #texts: ByteSink;
  readonly #shown: ShownFields;
  #requestId: string | null = null;
  #host: string | null = null;
  #path: string | null = null;
  #requestFields: ReadonlyMap<string, string | null> = NO_FIELDS;
  #answerFields: ReadonlyMap<string, string | null> = NO_FIELDS;

  /** @param texts where the bytes of all that wait stand; whoever empties it has written their lines */
  constructor(shown: ShownFields, texts: ByteSink) {
    this.#shown = shown;
    this.#texts = texts;
  }

  keep(record: ExchangeRecord, wallMs: number): void {
    this.wallMs = wallMs;
    this.kind = record.kind;
    this.listener = record.listener;
    this.route = record.route;
    this.target = record.target;
    this.traceId = record.traceId;
    this.remoteAddress = record.remoteAddress;
    this.method = record.method;
    this.protocol = record.protocol;
    this.status = record.status;
    this.attempts = record.attempts;
    this.reused = record.reused;
    this.closedBy = record.closedBy;
    this.receivedBytes = record.receivedBytes;
    this.sentBytes = record.sentBytes;
    this.queueMs = record.queueMs;
    this.connectMs = record.connectMs;
    this.headMs = record.headMs;
    this.totalMs = record.totalMs;
    this.error = record.error;
    const { source } = record;
    if (source === null) this.#keepTexts(record);
    else this.#keepBytes(source);
    const { request, answer } = this.#shown;
    if (request.length > 0) this.#requestFields = valuesOf(request, (name) => record.requestField(name));
    if (answer.length > 0) this.#answerFields = valuesOf(answer, (name) => record.answerField(name));
  }

  get requestId(): string | null {
    return this.source === null ? this.#requestId : this.id.toString();
  }

  get host(): string | null {
    return this.source === null ? this.#host : this.bytes.toString("latin1", this.hostStart, this.hostEnd);
  }

  get path(): string | null {
    return this.source === null ? this.#path : this.bytes.toString("latin1", this.pathStart, this.pathEnd);
  }

  get bytes(): Buffer {
    return this.#texts.bytes;
  }

  requestField(lowerName: string): string | null {
    return this.#requestFields.get(lowerName) ?? null;
  }

  /** Not asked for by lines. */
  requestFieldNames(): readonly string[] {
    return [];
  }

  answerField(lowerName: string): string | null {
    return this.#answerFields.get(lowerName) ?? null;
  }

  #keepTexts(record: ExchangeRecord): void {
    this.source = null;
    this.#requestId = record.requestId;
    this.#host = record.host;
    this.#path = record.path;
  }

  #keepBytes(source: RecordSource): void {
    const texts = this.#texts;
    const { bytes, pathStart } = source;
    this.source = this;
    this.id = source.id;
    this.hostStart = texts.length;
    texts.range(bytes, source.hostStart, source.hostEnd);
    this.hostEnd = texts.length;
    this.pathStart = texts.length;
    texts.range(bytes, pathStart, source.pathEnd);
    this.queryStart = this.pathStart + source.queryStart - pathStart;
    this.pathEnd = texts.length;
  }
}

function valuesOf(
  names: readonly string[],
  value: (name: string) => string | null,
): ReadonlyMap<string, string | null> {
  return new Map(names.map((name) => [name, value(name)]));
}

const NO_FIELDS: ReadonlyMap<string, string | null> = new Map();
const NO_ID: WritableId = { writeTo() {}, toString: () => "" };
