/** The head that goes upstream: written by the code that serves, and read back when somebody wants to see it. */
import { ByteSink } from "../base/byte-sink.ts";
import { writeRequestHead } from "../protocol/h1/request-writer.ts";
import type { OutboundRequest } from "../protocol/http/outbound-request.ts";
import { type Field, fieldsOf } from "./fields.ts";
import { readRequest } from "./read-request.ts";

export class SentRequest {
  readonly bytes: Buffer;
  #fields: readonly Field[] | null = null;

  constructor(request: OutboundRequest) {
    sink.length = 0;
    writeRequestHead(sink, request);
    this.bytes = Buffer.from(sink.bytes.subarray(0, sink.length));
  }

  /** `GET /users HTTP/1.1` */
  get line(): string {
    return this.bytes.toString("latin1", 0, this.bytes.indexOf("\r\n"));
  }

  /** Path and query, or `*`. */
  get path(): string {
    return this.line.split(" ")[1]!;
  }

  get fields(): readonly Field[] {
    this.#fields ??= this.#read();
    return this.#fields;
  }

  /** The values of a field, by its name in lower case. */
  values(name: string): string[] {
    return this.fields.filter((field) => field.name.toLowerCase() === name).map(({ value }) => value);
  }

  #read(): readonly Field[] {
    const { head, violation } = readRequest(this.bytes, UNLIMITED);
    // What we write and could not read ourselves would be a mistake of ours.
    if (violation !== null) throw new Error(`the request that is sent breaks a rule: ${violation.rule}`);
    return fieldsOf(head.fields);
  }
}

const sink = new ByteSink(4096);
const UNLIMITED = {
  headBytes: Number.POSITIVE_INFINITY,
  fieldCount: Number.POSITIVE_INFINITY,
  lineBytes: Number.POSITIVE_INFINITY,
  chunkExtensionBytes: 0,
};
