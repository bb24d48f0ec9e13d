/**
 * The way to the collector: OTLP over HTTP as protobuf, by OpenTelemetry's own packages. They are loaded when tracing
 * is on, and only then. This is the one file that knows them.
 */
import type { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { VERSION } from "../base/version.ts";
import type { TracingModel } from "../config/model.ts";

/** What OpenTelemetry calls a ReadableSpan. */
export type Span = Parameters<OTLPTraceExporter["export"]>[0][number];

/** What all spans of a process have in common. */
export type SpanOrigin = Pick<Span, "resource" | "instrumentationScope">;

export interface SpanExporter {
  readonly origin: SpanOrigin;
  /** Why it failed, after the tries that the protocol asks for; null when the collector has them. */
  send(spans: readonly Span[]): Promise<string | null>;
  close(): Promise<void>;
}

export async function createOtlpExporter(model: TracingModel): Promise<SpanExporter> {
  const [{ OTLPTraceExporter }, { defaultResource, resourceFromAttributes }] = await Promise.all([
    import("@opentelemetry/exporter-trace-otlp-proto"),
    import("@opentelemetry/resources"),
  ]);
  const exporter = new OTLPTraceExporter({
    url: model.endpoint,
    headers: Object.fromEntries(model.headers),
    timeoutMillis: model.timeoutMs,
    concurrencyLimit: 1,
  });
  const own = resourceFromAttributes({
    "service.name": model.serviceName,
    "service.version": VERSION,
    "process.pid": process.pid,
  });
  return {
    origin: {
      resource: defaultResource().merge(own),
      instrumentationScope: { name: "portward", version: VERSION },
    },
    send(spans) {
      const { promise, resolve } = Promise.withResolvers<string | null>();
      exporter.export([...spans], ({ code, error }) => resolve(code === SUCCESS ? null : reasonOf(error)));
      return promise;
    },
    close: () => exporter.shutdown(),
  };
}

/** One line, and not a page of what a server answered. */
function reasonOf(error: Error | undefined): string {
  return (error?.message ?? "unknown").split("\n", 1)[0]!.slice(0, 200);
}

/** ExportResultCode.SUCCESS */
const SUCCESS = 0;
