/**
 * Gathers a ClientHello from the first bytes of a connection: out of one record or many, out of one packet or
 * many. All that was pushed is kept as it came, for whoever speaks TLS or passes it on. What is kept is bounded,
 * and no byte is looked at more often than its packet count asks for.
 */
import { type ClientHello, type HelloFault, parseClientHello } from "./client-hello.ts";

export type HelloStatus = "needMore" | "hello" | "fault";

export class HelloReader {
  hello: ClientHello | null = null;
  fault: HelloFault | null = null;
  /** All that was pushed. */
  bytes: Buffer = EMPTY;
  /** Below this many bytes nothing new can be learned. */
  #wantedBytes = RECORD_HEADER_BYTES;

  push(chunk: Buffer): HelloStatus {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    // The first byte tells most of what is no TLS at all; nobody should wait for the other four.
    if (this.bytes[0] !== HANDSHAKE) return this.#fail("notTls");
    return this.bytes.length < this.#wantedBytes ? "needMore" : this.#read();
  }

  #read(): HelloStatus {
    const { bytes } = this;
    let gathered = 0;
    let wanted = MESSAGE_HEADER_BYTES;
    const pieces: Buffer[] = [];
    for (let at = 0, records = 1; ; records++) {
      if (at + RECORD_HEADER_BYTES > bytes.length) return this.#wait(at + RECORD_HEADER_BYTES);
      const length = bytes.readUInt16BE(at + 3);
      const fault = recordFault(bytes, at, length, records);
      if (fault !== null) return this.#fail(fault);
      const end = at + RECORD_HEADER_BYTES + length;
      if (end > bytes.length) return this.#wait(end);
      pieces.push(bytes.subarray(at + RECORD_HEADER_BYTES, end));
      gathered += length;
      if (wanted === MESSAGE_HEADER_BYTES && gathered >= MESSAGE_HEADER_BYTES) {
        const message = messageBytes(pieces);
        if (typeof message === "string") return this.#fail(message);
        wanted = message;
      }
      if (wanted > MESSAGE_HEADER_BYTES && gathered >= wanted) return this.#parse(pieces, gathered, wanted);
      at = end;
    }
  }

  #parse(pieces: Buffer[], gathered: number, wanted: number): HelloStatus {
    // RFC 8446 section 5.1: the client cannot say anything else before it is answered, and 0-RTT is a record of its own.
    if (gathered > wanted) return this.#fail("malformed");
    const message = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    const read = parseClientHello(message.subarray(MESSAGE_HEADER_BYTES));
    if (typeof read === "string") return this.#fail(read);
    this.hello = read;
    return "hello";
  }

  #wait(bytes: number): HelloStatus {
    this.#wantedBytes = bytes;
    return "needMore";
  }

  #fail(fault: HelloFault): HelloStatus {
    this.fault = fault;
    return "fault";
  }
}

function recordFault(bytes: Buffer, at: number, length: number, records: number): HelloFault | null {
  if (bytes[at] !== HANDSHAKE || bytes[at + 1] !== MAJOR_VERSION) return at === 0 ? "notTls" : "malformed";
  if (length === 0) return "malformed";
  return length > RECORD_BYTES || records > MAX_RECORDS ? "tooLarge" : null;
}

/** The whole message's size, header included. */
function messageBytes(pieces: Buffer[]): number | HelloFault {
  const header = Buffer.concat(pieces).subarray(0, MESSAGE_HEADER_BYTES);
  if (header[0] !== CLIENT_HELLO) return "malformed";
  const length = header.readUIntBE(1, 3);
  if (length > MAX_HELLO_BYTES) return "tooLarge";
  return length < LEAST_HELLO_BYTES ? "malformed" : MESSAGE_HEADER_BYTES + length;
}

const EMPTY = Buffer.alloc(0);
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const MAJOR_VERSION = 3;
const RECORD_HEADER_BYTES = 5;
const MESSAGE_HEADER_BYTES = 4;
const RECORD_BYTES = 16_384;
/** Version, random and three lengths. */
const LEAST_HELLO_BYTES = 2 + 32 + 1 + 2 + 1;
/** BoringSSL takes no larger one either; browsers send 2 KiB with post-quantum keys. */
const MAX_HELLO_BYTES = 16_384;
/** Nobody who means well cuts 16 KiB into more. */
const MAX_RECORDS = 64;
