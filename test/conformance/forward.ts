/**
 * What goes upstream for bytes from a client, and downstream for bytes from an upstream, without sockets:
 * the readers, the forwarding rules and the writers put together as sessions and streams do it.
 */
import { ByteSink } from "../../src/base/byte-sink.ts";
import { type ClientIdentity, clientIdentity, outboundRequest } from "../../src/pipeline/forwarding.ts";
import { writeChunkEnd, writeChunkStart, writeLastChunk } from "../../src/protocol/h1/body-writer.ts";
import { EVENT } from "../../src/protocol/h1/events.ts";
import type { CodecLimits } from "../../src/protocol/h1/limits.ts";
import { RequestReader } from "../../src/protocol/h1/request-reader.ts";
import { writeRequestHead } from "../../src/protocol/h1/request-writer.ts";
import { ResponseReader } from "../../src/protocol/h1/response-reader.ts";
import { writeInterimHead, writeResponseHead } from "../../src/protocol/h1/response-writer.ts";
import { BODY, type BodyKind } from "../../src/protocol/http/framing.ts";
import { NO_ADDED_FIELDS } from "../../src/protocol/http/outbound-request.ts";
import { MadeRequestId } from "../../src/protocol/http/request-id.ts";
import { isInformational, type ResponseHead } from "../../src/protocol/http/response-head.ts";
import type { AnsweredRequest } from "../../src/protocol/http/response-rules.ts";
import type { Violation } from "../../src/protocol/http/violation.ts";
import { chunkOf } from "./feed-cases.ts";
import { describeFields, describeRequest, describeResponse } from "./transcript.ts";

/** One message as it was read, and what was written for it. */
export interface Forwarded {
  readonly method: string;
  /** As transcript.ts describes it. */
  readonly head: string;
  readonly fields: string;
  body: string;
  trailers: string;
  written: string;
  /** Read to its end, without a fault. */
  complete: boolean;
}

export interface ForwardedAll {
  readonly messages: readonly Forwarded[];
  readonly violation: Violation | null;
}

export const UNTRUSTED: ClientIdentity = clientIdentity("192.0.2.1", false, null);
export const TRUSTED: ClientIdentity = clientIdentity("192.0.2.2", true, null);

/** Wide enough for whatever a generator makes. */
export const WIDE_LIMITS: CodecLimits = {
  headBytes: 65_536,
  fieldCount: 200,
  lineBytes: 16_384,
  chunkExtensionBytes: 4_096,
};

/** All requests of one connection. */
export function forwardRequests(chunks: readonly string[], client: ClientIdentity): ForwardedAll {
  const reader = new RequestReader(WIDE_LIMITS);
  const messages: Forwarded[] = [];
  for (const chunk of chunks) {
    reader.push(chunkOf(chunk));
    for (let event = reader.next(); event !== EVENT.needData; event = reader.next()) {
      if (event === EVENT.fault) return { messages, violation: reader.violation };
      if (event === EVENT.head) messages.push(startRequest(reader, client));
      else takeBody(reader, messages.at(-1)!, reader.head.framing.kind, event);
      if (event === EVENT.end) reader.startNext();
    }
  }
  return { messages, violation: null };
}

/** The answers to `requests`, as a client of HTTP/1.1 or 1.0 gets them; the upstream closes behind the last byte. */
export function forwardResponses(
  chunks: readonly string[],
  requests: readonly AnsweredRequest[],
  clientMinorVersion: number,
): ForwardedAll {
  const reader = new ResponseReader(WIDE_LIMITS);
  const messages: Forwarded[] = [];
  let framing: BodyKind = BODY.none;
  let answered = 0;
  reader.begin(requests[0]!);
  for (const chunk of [...chunks, null]) {
    if (chunk !== null) reader.push(chunkOf(chunk));
    for (let event = reader.next(); ; event = reader.next()) {
      if (event === EVENT.needData && chunk === null) event = reader.finish();
      if (event === EVENT.needData) break;
      if (event === EVENT.fault) return { messages, violation: reader.violation };
      if (event === EVENT.head) {
        framing = framingFor(reader.head, clientMinorVersion);
        messages.push(startResponse(reader.head, framing, requests[answered]!.method));
        if (reader.head.status === 101) return { messages, violation: null };
      } else takeBody(reader, messages.at(-1)!, framing, event);
      if (event !== EVENT.end) continue;
      const isLast = ++answered === requests.length || framing === BODY.untilClose || !reader.head.keepAlive;
      if (isLast) return { messages, violation: null };
      reader.begin(requests[answered]!);
    }
  }
  return { messages, violation: null };
}

function startRequest(reader: RequestReader, client: ClientIdentity): Forwarded {
  const { head } = reader;
  const sink = new ByteSink(64);
  writeRequestHead(sink, outboundRequest(head, null, "fallback.example:1", client, REQUEST_ID, PLAIN));
  return started(head.method, describeRequest(head), describeFields(head.fields), sink);
}

function startResponse(head: ResponseHead, framing: BodyKind, method: string): Forwarded {
  const sink = new ByteSink(64);
  if (isInformational(head.status)) writeInterimHead(sink, head);
  else {
    const connection = head.status === 101 ? "upgrade" : framing === BODY.untilClose ? "close" : "none";
    writeResponseHead(sink, { head, framing, connection, added: NO_ADDED_FIELDS });
  }
  return started(method, describeResponse(head), describeFields(head.fields), sink);
}

function started(method: string, head: string, fields: string, sink: ByteSink): Forwarded {
  return { method, head, fields, body: "", trailers: "", written: textOf(sink), complete: false };
}

function takeBody(
  reader: RequestReader | ResponseReader,
  message: Forwarded,
  framing: BodyKind,
  event: number,
): void {
  const sink = new ByteSink(64);
  if (event === EVENT.data) {
    const size = reader.dataEnd - reader.dataStart;
    message.body += reader.bytes.toString("latin1", reader.dataStart, reader.dataEnd);
    if (framing === BODY.chunked) writeChunkStart(sink, size);
    sink.range(reader.bytes, reader.dataStart, reader.dataEnd);
    if (framing === BODY.chunked) writeChunkEnd(sink);
  } else if (event === EVENT.trailers) message.trailers = describeFields(reader.trailers);
  else {
    message.complete = true;
    if (framing === BODY.chunked) writeLastChunk(sink, reader.trailers.count > 0 ? reader.trailers : null);
  }
  message.written += textOf(sink);
}

/** As the downstream session decides it. */
function framingFor(head: ResponseHead, clientMinorVersion: number): BodyKind {
  const { kind } = head.framing;
  if (kind === BODY.none || kind === BODY.length) return kind;
  return clientMinorVersion === 1 ? BODY.chunked : BODY.untilClose;
}

function textOf(sink: ByteSink): string {
  return sink.bytes.toString("latin1", 0, sink.length);
}

const PLAIN = { via: false, forwarded: false, deadlineHeader: null };
const REQUEST_ID = new MadeRequestId(Buffer.from("0123456789abcdef"), 1, 2);
