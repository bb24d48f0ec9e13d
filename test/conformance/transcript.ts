/**
 * Runs a codec over chunks and writes down what it said, one line per event: `head GET / a chunked`, `data abc`,
 * `trailers x: 1`, `end`, `fault chunkSize`. Neighbouring pieces of a body become one line, so that a
 * transcript does not depend on how the bytes were cut.
 */
import { EVENT, type Event } from "../../src/protocol/h1/events.ts";
import type { CodecLimits } from "../../src/protocol/h1/limits.ts";
import { RequestReader } from "../../src/protocol/h1/request-reader.ts";
import { ResponseReader } from "../../src/protocol/h1/response-reader.ts";
import type { FieldBlock } from "../../src/protocol/http/field-block.ts";
import { BODY, type Framing } from "../../src/protocol/http/framing.ts";
import { type RequestHead, TARGET_FORM } from "../../src/protocol/http/request-head.ts";
import type { ResponseHead } from "../../src/protocol/http/response-head.ts";
import type { AnsweredRequest } from "../../src/protocol/http/response-rules.ts";

/** Small, so that tables can show each limit at its boundary without pages of bytes. */
export const TEST_LIMITS: CodecLimits = {
  headBytes: 4_096,
  fieldCount: 32,
  lineBytes: 1_024,
  chunkExtensionBytes: 64,
};

/** A reader with what differs between requests and answers taken away. */
export interface Script {
  readonly events: string[];
  /** All the messages that were asked for have been read; further bytes are not looked at. */
  readonly done: boolean;
  /** How large the buffer is that holds what has not been read. */
  readonly heldBytes: number;
  push(chunk: Buffer): void;
  /** The peer has closed its side. */
  finish(): void;
  takeUnread(): Buffer | null;
}

/** @param messages how many to read before the bytes that follow are left alone */
export function requestScript(limits: CodecLimits, messages: number): Script {
  const reader = new RequestReader(limits);
  return new ReaderScript(reader, messages, {
    onHead: () => describeRequest(reader.head),
    startNext: () => reader.startNext(),
    finish: () => null,
  });
}

/** @param requests what each answer in turn answers */
export function responseScript(limits: CodecLimits, requests: readonly AnsweredRequest[]): Script {
  const reader = new ResponseReader(limits);
  let answered = 0;
  reader.begin(requests[0]!);
  return new ReaderScript(reader, requests.length, {
    onHead: () => describeResponse(reader.head),
    startNext: () => reader.begin(requests[++answered]!),
    finish: () => reader.finish(),
  });
}

interface Differences {
  onHead(): string;
  startNext(): void;
  finish(): Event | null;
}

class ReaderScript implements Script {
  readonly events: string[] = [];
  done = false;
  readonly #reader: RequestReader | ResponseReader;
  readonly #differences: Differences;
  #messagesLeft: number;

  constructor(reader: RequestReader | ResponseReader, messages: number, differences: Differences) {
    this.#reader = reader;
    this.#messagesLeft = messages;
    this.#differences = differences;
  }

  get heldBytes(): number {
    return this.#reader.bytes.length;
  }

  push(chunk: Buffer): void {
    this.#reader.push(chunk);
    this.#pump();
  }

  finish(): void {
    if (this.done) return;
    const event = this.#differences.finish();
    if (event !== null) this.#write(event);
  }

  takeUnread(): Buffer | null {
    return this.#reader.takeUnread();
  }

  #pump(): void {
    while (!this.done) {
      const event = this.#reader.next();
      if (event === EVENT.needData) {
        // As a connection to a target does whenever it has to wait.
        if (this.#reader instanceof ResponseReader) this.#reader.release();
        return;
      }
      this.#write(event);
    }
  }

  #write(event: Event): void {
    const reader = this.#reader;
    if (event === EVENT.head) this.events.push(`head ${this.#differences.onHead()}`);
    else if (event === EVENT.data)
      this.#writeData(reader.bytes.toString("latin1", reader.dataStart, reader.dataEnd));
    else if (event === EVENT.trailers) this.events.push(`trailers ${describeFields(reader.trailers)}`);
    else if (event === EVENT.fault) this.#writeFault();
    else this.#writeEnd();
  }

  #writeData(text: string): void {
    if (text === "") throw new Error("an empty piece of a body");
    const last = this.events.length - 1;
    if (this.events[last]?.startsWith("data ")) this.events[last] += text;
    else this.events.push(`data ${text}`);
  }

  /** A fault is for good: asking again must not bring anything else. */
  #writeFault(): void {
    const { code, rule } = this.#reader.violation!;
    this.events.push(`fault ${rule ?? code}`);
    this.done = true;
    if (this.#reader.next() !== EVENT.fault) throw new Error("the reader went on after a fault");
  }

  #writeEnd(): void {
    this.events.push("end");
    this.#messagesLeft--;
    this.done = this.#messagesLeft === 0;
    if (!this.done) this.#differences.startNext();
  }
}

/** `GET /path a.example:80` and then whatever is not usual. */
export function describeRequest(head: RequestHead): string {
  checkRanges(head);
  const words = [head.method, head.target() === "" ? "(empty)" : head.target()];
  words.push(head.authority() === "" ? "(none)" : head.authority());
  if (head.minorVersion === 0) words.push("1.0");
  if (head.targetForm === TARGET_FORM.absolute) words.push(head.isHttps ? "https" : "absolute");
  words.push(...describeFraming(head.framing));
  if (!head.keepAlive) words.push("close");
  if (head.expectContinue) words.push("expect");
  if (head.upgrade) words.push("upgrade");
  if (head.acceptsTrailers) words.push("te");
  return words.join(" ");
}

/** Path and host end where their text says. */
function checkRanges(head: RequestHead): void {
  const { bytes } = head.fields;
  const query = bytes.toString("latin1", head.pathEnd, head.targetEnd);
  const port = bytes.toString("latin1", head.hostEnd, head.authorityEnd);
  const path = head.target().slice(0, head.target().length - query.length);
  if (!/^(\?.*)?$/.test(query) || path.includes("?")) throw new Error(`the query is ${query}`);
  if (!/^(:\d*)?$/.test(port) || head.host() + port !== head.authority())
    throw new Error(`the port is ${port}`);
}

/** `200 OK` and then whatever is not usual. */
export function describeResponse(head: ResponseHead): string {
  const reason = head.fields.bytes.toString("latin1", head.reasonStart, head.reasonEnd);
  const words = [String(head.status)];
  if (reason !== "") words.push(reason);
  if (head.minorVersion === 0) words.push("1.0");
  words.push(...describeFraming(head.framing));
  if (!head.keepAlive) words.push("close");
  return words.join(" ");
}

function describeFraming(framing: Framing): string[] {
  if (framing.kind === BODY.length) return [`length=${framing.contentLength}`];
  if (framing.kind === BODY.chunked) return ["chunked"];
  return framing.kind === BODY.untilClose ? ["untilClose"] : [];
}

/** `name: value` of each field, joined with ` | `. */
export function describeFields(fields: FieldBlock): string {
  return Array.from(
    { length: fields.count },
    (_, field) => `${fields.nameAt(field)}: ${fields.valueAt(field)}`,
  ).join(" | ");
}
