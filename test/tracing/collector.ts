/** A collector of OTLP/HTTP on loopback: reads what it gets as the protocol's own description says, or misbehaves. */
import { eventually } from "../support/eventually.ts";
import { Message } from "./protobuf.ts";

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** 2: SERVER, 3: CLIENT. */
  readonly kind: number;
  readonly startNs: number;
  readonly endNs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 0: unset, 2: error. */
  readonly status: number;
  readonly message: string;
}

export class Collector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  readonly requests: Request[] = [];
  resource: Readonly<Record<string, unknown>> = {};
  scope = "";
  /** What the next exports are answered with. */
  status = 200;
  readonly #server: Bun.Server<undefined>;

  constructor() {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        this.requests.push(request);
        if (this.status === 200) this.#read(Buffer.from(await request.arrayBuffer()));
        return new Response(null, { status: this.status });
      },
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  /** Waits for so many. */
  async collected(count: number): Promise<CollectedSpan[]> {
    await eventually(() => this.spans.length >= count, `${count} spans`);
    return [...this.spans];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  /** ExportTraceServiceRequest, opentelemetry/proto/collector/trace/v1/trace_service.proto. */
  #read(body: Buffer): void {
    for (const resourceSpans of new Message(body).messages(1)) {
      this.resource = attributesOf(resourceSpans.message(1), 1);
      for (const scopeSpans of resourceSpans.messages(2)) {
        this.scope = scopeSpans.message(1).text(1);
        this.spans.push(...scopeSpans.messages(2).map(spanOf));
      }
    }
  }
}

/** opentelemetry/proto/trace/v1/trace.proto */
function spanOf(span: Message): CollectedSpan {
  const status = span.message(15);
  return {
    traceId: span.hex(1),
    spanId: span.hex(2),
    parentSpanId: span.hex(4),
    name: span.text(5),
    kind: span.number(6),
    startNs: span.number(7),
    endNs: span.number(8),
    attributes: attributesOf(span, 9),
    status: status.number(3),
    message: status.text(2),
  };
}

/** opentelemetry/proto/common/v1/common.proto */
function attributesOf(message: Message, number: number): Record<string, unknown> {
  return Object.fromEntries(
    message.messages(number).map((each) => [each.text(1), plainValue(each.message(2))]),
  );
}

function plainValue(value: Message): unknown {
  if (value.has(1)) return value.text(1);
  if (value.has(2)) return value.number(2) === 1;
  if (value.has(3)) return value.number(3);
  return value.has(4) ? value.double(4) : null;
}
