/**
 * The data path without sockets: a request's bytes go through the reader, an `Exchange`, its attempts and the
 * writer, and what would have left the machine is kept. Only the two ends of the wire are made up.
 */

import { ByteSink } from "../../src/base/byte-sink.ts";
import type { Timers } from "../../src/base/clock.ts";
import { compileHttp } from "../../src/compile/compile-snapshot.ts";
import type { Configuration } from "../../src/config/model.ts";
import type { DownstreamStream } from "../../src/exchange/downstream-stream.ts";
import { Exchange } from "../../src/exchange/exchange.ts";
import type { HttpSnapshot, Services } from "../../src/exchange/snapshot.ts";
import { inertUpstreams } from "../../src/explain/inert-upstreams.ts";
import { type ExplainedRequest, requestBytes } from "../../src/explain/request.ts";
import { type ExchangeRecord, keptRecord } from "../../src/observe/exchange-record.ts";
import { clientIdentity } from "../../src/pipeline/forwarding.ts";
import { EVENT } from "../../src/protocol/h1/events.ts";
import { RequestReader } from "../../src/protocol/h1/request-reader.ts";
import { writeRequestHead } from "../../src/protocol/h1/request-writer.ts";
import type { OutboundRequest } from "../../src/protocol/http/outbound-request.ts";
import { givenRequestId } from "../../src/protocol/http/request-id.ts";
import type { ResponseHead } from "../../src/protocol/http/response-head.ts";
import type { Upstream } from "../../src/upstream/upstream.ts";

export interface Observed {
  readonly route: string | null;
  /** Of our own answer, with its error; null when the request was sent on. */
  readonly status: number | null;
  readonly error: string | null;
  readonly rule: string | null;
  readonly location: string | null;
  readonly body: string;
  /** Of what was sent upstream. */
  readonly upstream: string | null;
  readonly sent: string | null;
}

export class InProcessProxy {
  readonly #configuration: Configuration;
  readonly #upstreams: ReadonlyMap<string, Upstream>;
  readonly #snapshots = new Map<string, HttpSnapshot>();
  readonly #services: Services;
  #sent: { upstream: string; bytes: string } | null = null;
  #record: ExchangeRecord | null = null;

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
    this.#upstreams = inertUpstreams(configuration);
    for (const upstream of this.#upstreams.values()) this.#wire(upstream);
    const record = (each: ExchangeRecord) => {
      this.#record = keptRecord(each);
    };
    const requestIds = () => givenRequestId("(new)");
    this.#services = {
      timers: STANDING_STILL,
      random: { nextUint32: () => 0 },
      requestIds,
      observer: { wantsAll: true, record },
      connectionEnded() {},
    };
  }

  /** @param listener by its name; `request` must be one that the reader accepts, else null */
  serve(listener: string, request: ExplainedRequest, address: string): Observed | null {
    const snapshot = this.#snapshot(listener);
    const reader = new RequestReader(snapshot.codec);
    reader.push(requestBytes(request));
    if (reader.next() !== EVENT.head) return null;
    this.#sent = this.#record = null;
    const client = new KeptAnswer();
    const identity = clientIdentity(address, snapshot.isTrusted(address), null);
    const exchange = new Exchange(reader.head, identity, snapshot.settings, this.#services, client);
    exchange.start(snapshot);
    if (this.#sent !== null) exchange.onDownstreamGone(null);
    return this.#observed(client);
  }

  #observed({ status, location, body }: KeptAnswer): Observed {
    const { route, error } = this.#record!;
    const sent = this.#sent as { upstream: string; bytes: string } | null;
    return {
      route,
      status: sent === null ? status : null,
      error: sent === null ? (error?.code ?? null) : null,
      rule: sent === null ? (error?.rule ?? null) : null,
      location,
      body,
      upstream: sent?.upstream ?? null,
      sent: sent?.bytes ?? null,
    };
  }

  #snapshot(name: string): HttpSnapshot {
    const known = this.#snapshots.get(name);
    if (known !== undefined) return known;
    const model = this.#configuration.listeners.find((listener) => listener.name === name)!;
    const compiled = compileHttp(this.#configuration, model, this.#upstreams);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
    this.#snapshots.set(name, compiled.value);
    return compiled.value;
  }

  /** Every target has a connection at hand, which keeps what is written to it. */
  #wire(upstream: Upstream): void {
    const stream = {
      reused: false,
      lend() {},
      sendHead: (request: OutboundRequest) => {
        const sink = new ByteSink(1024);
        writeRequestHead(sink, request);
        this.#sent = { upstream: upstream.name, bytes: sink.bytes.toString("latin1", 0, sink.length) };
      },
      sendData() {},
      sendEnd() {},
      pause() {},
      resume() {},
      abort() {},
    };
    for (const { pool } of upstream.targets)
      pool.take = () => stream as unknown as ReturnType<typeof pool.take>;
  }
}

class KeptAnswer implements DownstreamStream {
  readonly blocked = false;
  readonly takenBytes = 0;
  status: number | null = null;
  location: string | null = null;
  body = "";

  sendHead(head: ResponseHead): void {
    this.status = head.status;
    this.location = head.fields.get("location");
  }

  sendData(bytes: Buffer, start: number, end: number): void {
    this.body += bytes.toString("utf8", start, end);
  }

  sendInterimHead(): void {}
  sendEnd(): void {}
  reset(): void {}
  continueRequest(): void {}
  setDeadline(): void {}
  tunnelEnded(): void {}

  upgrade(): never {
    throw new Error("no target answers here");
  }
}

const STANDING_STILL: Timers = { clock: { nowMs: () => 0, wallMs: () => 0 }, arm() {}, disarm() {} };
