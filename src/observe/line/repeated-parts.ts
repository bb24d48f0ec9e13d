/**
 * Parts of a line of JSON that are mostly the same as in the line before: a part's text is kept and copied in one go
 * until one of its values is another.
 */
import { ByteSink } from "../../base/byte-sink.ts";
import type { ExchangeRecord } from "../exchange-record.ts";
import { numberKey, textKey, writeNumber, writeText } from "./json-value.ts";
import { Stamp } from "./stamp.ts";

/** When it ended and where it went, up to the target. Within a second only three digits change with the time. */
export class OpeningPart {
  readonly #stamp = Stamp.iso();
  readonly #text = new ByteSink(256);
  #second = Number.NaN;
  #kind: ExchangeRecord["kind"] | null = null;
  #listener: string | null = null;
  #route: string | null = null;
  #target: string | null = null;

  write(sink: ByteSink, { kind, listener, route, target }: ExchangeRecord, wallMs: number): void {
    const second = Math.floor(wallMs / 1000);
    if (
      second !== this.#second ||
      target !== this.#target ||
      route !== this.#route ||
      listener !== this.#listener ||
      kind !== this.#kind
    ) {
      this.#second = second;
      this.#kind = kind;
      this.#listener = listener;
      this.#route = route;
      this.#target = target;
      this.#encode(kind, listener, route, target);
    }
    Stamp.setMillis(this.#text.bytes, TIME.length, Math.floor(wallMs - second * 1000));
    sink.range(this.#text.bytes, 0, this.#text.length);
  }

  #encode(kind: ExchangeRecord["kind"], listener: string, route: string | null, target: string | null): void {
    const text = this.#text;
    text.length = 0;
    text.all(TIME);
    this.#stamp.write(text, this.#second * 1000);
    text.all(KIND[kind]);
    writeText(text, LISTENER, listener);
    if (route !== null) writeText(text, ROUTE, route);
    if (target !== null) writeText(text, TARGET, target);
  }
}

/** How it came out, up to the key of the bytes received. */
export class OutcomePart {
  readonly #text = new ByteSink(256);
  #protocol: ExchangeRecord["protocol"] = null;
  #status: ExchangeRecord["status"] = null;
  #attempts = -1;
  #reused: ExchangeRecord["reused"] = null;
  #closedBy: ExchangeRecord["closedBy"] = null;

  write(sink: ByteSink, record: ExchangeRecord): void {
    const { protocol, status, attempts, reused, closedBy } = record;
    if (
      status !== this.#status ||
      attempts !== this.#attempts ||
      reused !== this.#reused ||
      protocol !== this.#protocol ||
      closedBy !== this.#closedBy
    ) {
      this.#protocol = protocol;
      this.#status = status;
      this.#attempts = attempts;
      this.#reused = reused;
      this.#closedBy = closedBy;
      this.#encode(record);
    }
    sink.range(this.#text.bytes, 0, this.#text.length);
  }

  #encode({ protocol, status, attempts, reused, closedBy }: ExchangeRecord): void {
    const text = this.#text;
    text.length = 0;
    if (protocol !== null) writeText(text, PROTOCOL, protocol);
    if (status !== null) writeNumber(text, STATUS, status);
    writeNumber(text, ATTEMPTS, attempts);
    if (reused !== null) text.all(reused ? REUSED : FRESH);
    if (closedBy !== null) writeText(text, CLOSED_BY, closedBy);
    text.all(RECEIVED);
  }
}

const TIME = Buffer.from('{"time":"');
const KIND = {
  http: Buffer.from('","event":"exchange","kind":"http"'),
  tcp: Buffer.from('","event":"exchange","kind":"tcp"'),
};
const LISTENER = textKey("listener");
const ROUTE = textKey("route");
const TARGET = textKey("target");
const PROTOCOL = textKey("protocol");
const STATUS = numberKey("status");
const ATTEMPTS = numberKey("attempts");
const REUSED = Buffer.from(',"reused":true');
const FRESH = Buffer.from(',"reused":false');
const CLOSED_BY = textKey("closed_by");
const RECEIVED = numberKey("received_bytes");
