/**
 * Does the target say of itself that it serves? The gRPC health checking protocol (grpc.health.v1.Health/Check): one
 * request on an HTTP/2 connection of its own, and an answer with a status and `grpc-status`.
 */
import type { ConnectAddress } from "../../io/connect.ts";
import type { Connection } from "../../io/connection.ts";
import { MAX_FRAME_BYTES } from "../../link/send-frames.ts";
import { beginBlock, endBlock, writeKeptFields } from "../../protocol/h2/block-writer.ts";
import { ClientReader } from "../../protocol/h2/client-reader.ts";
import { writeDataHeader } from "../../protocol/h2/control-writer.ts";
import { CODE } from "../../protocol/h2/error-codes.ts";
import { EVENT, type Event } from "../../protocol/h2/events.ts";
import { ruleOf } from "../../protocol/h2/fault.ts";
import { HpackEncoder } from "../../protocol/h2/hpack/encoder.ts";
import type { FieldBlock } from "../../protocol/http/field-block.ts";
import { blockOf } from "../../protocol/http/own-fields.ts";
import type { GrpcCheckSpec, Probe, ProbeDone } from "./check.ts";
import { healthRequest, servingStatus } from "./grpc-message.ts";
import { ProbeConnection } from "./probe-connection.ts";

export function startGrpcProbe(
  spec: GrpcCheckSpec,
  address: ConnectAddress,
  name: string,
  done: ProbeDone,
): Probe {
  return new GrpcProbe(spec, address, name, done);
}

class GrpcProbe extends ProbeConnection {
  readonly #spec: GrpcCheckSpec;
  readonly #name: string;
  readonly #scheme: string;
  readonly #reader = new ClientReader<null>(LIMITS, { bytes: 0 });
  #connection: Connection | null = null;
  #received: Buffer = Buffer.alloc(0);
  #grpcStatus: string | null = null;

  constructor(spec: GrpcCheckSpec, address: ConnectAddress, name: string, done: ProbeDone) {
    super(address, done, "\x02h2");
    this.#scheme = address.kind === "tcp" && address.tls ? "https" : "http";
    this.#spec = spec;
    this.#name = name;
  }

  protected begin(connection: Connection): void {
    this.#connection = connection;
    this.#sendControl(connection);
    const stream = this.#reader.open(false);
    const sink = connection.outbox();
    const encoder = new HpackEncoder();
    const at = beginBlock(sink, encoder);
    writeKeptFields(sink, encoder, this.#fields(), 0);
    endBlock(sink, at, stream.id, false, MAX_FRAME_BYTES);
    this.#reader.sentHeaders(stream, false);
    const message = healthRequest(this.#spec.service);
    writeDataHeader(sink, stream.id, message.length, true);
    sink.all(message);
    this.#reader.sentEnd(stream);
  }

  onData(chunk: Buffer): void {
    const reader = this.#reader;
    reader.push(chunk, 0);
    let event: Event = EVENT.needData;
    do {
      event = reader.next();
      this.#take(event);
    } while (event !== EVENT.needData && event !== EVENT.fault && event !== EVENT.end);
    reader.done();
    if (!this.#connection!.closed) this.#sendControl(this.#connection!);
  }

  /** What the reader answers by itself: settings, pings. */
  #sendControl(connection: Connection): void {
    const { control } = this.#reader;
    connection.outbox().all(Buffer.from(control.bytes.subarray(0, control.length)));
    control.length = 0;
  }

  #take(event: Event): void {
    const reader = this.#reader;
    switch (event) {
      case EVENT.head:
        return this.#onHead();
      case EVENT.data:
        this.#received = Buffer.concat([
          this.#received,
          reader.bytes.subarray(reader.dataStart, reader.dataEnd),
        ]);
        reader.taken(reader.stream, reader.dataEnd - reader.dataStart);
        return;
      case EVENT.trailers:
        this.#grpcStatus ??= reader.trailers.get("grpc-status");
        return;
      case EVENT.end:
        return this.#judge();
      case EVENT.reset:
        return this.conclude(reader.errorCode === CODE.refusedStream ? "refused stream" : "reset");
      case EVENT.goaway:
        return this.conclude("goaway");
      case EVENT.fault:
        return this.conclude(`malformed answer (${ruleOf(reader.fault!)})`);
    }
  }

  /** An answer without a message says all in its head. */
  #onHead(): void {
    const { status, fields } = this.#reader.head;
    if (status >= 200 && status !== 200) this.conclude(`status ${status}`);
    this.#grpcStatus = fields.get("grpc-status");
  }

  #judge(): void {
    if (this.#grpcStatus !== "0") return this.conclude(`grpc-status ${this.#grpcStatus ?? "missing"}`);
    const status = servingStatus(this.#received);
    this.conclude(status === "SERVING" ? null : (status ?? "unreadable answer"));
  }

  #fields(): FieldBlock {
    const authority = this.#spec.host ?? (this.#name.startsWith("unix:") ? "localhost" : this.#name);
    return blockOf([
      [":method", "POST"],
      [":scheme", this.#scheme],
      [":path", "/grpc.health.v1.Health/Check"],
      [":authority", authority],
      ["te", "trailers"],
      ["content-type", "application/grpc"],
      ["user-agent", "portward-health"],
    ]);
  }
}

const LIMITS = {
  headBytes: 32 * 1024,
  fieldCount: 100,
  /** None of the target's own. */
  streams: 0,
  streamWindowBytes: 65_535,
  connectionWindowBytes: 65_535,
} as const;
