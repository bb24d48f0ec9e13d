/** `settings.tracing`: where spans go, and which. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { TracingModel } from "../model.ts";
import { parseFieldName, parseFieldValue } from "../values/header-field.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { about, choice, converted, duration, freeText, ratio, textOf } from "./values.ts";

const tracingMap = noted(
  z.strictObject({
    endpoint: textOf("the address of a collector, such as `http://127.0.0.1:4318`", parseEndpoint).meta(
      about(
        "Where spans are sent by OTLP/HTTP; `/v1/traces` is added when there is no path.",
        "http://127.0.0.1:4318",
      ),
    ),
    sample: ratio()
      .prefault(1)
      .describe("The share of traces that are sent, of those that begin here. A caller decides for its own."),
    service_name: freeText("a name").prefault("portward").describe("What the spans call this service."),
    parents: choice(["everyone", "trusted_proxies"])
      .prefault("everyone")
      .describe("Whose `traceparent` is continued; others begin a new trace."),
    headers: noted(converted(z.record(z.string(), z.string()), parseHeaders).prefault({}), {
      expects: "a map of header fields",
      secret: true,
    }).meta(
      about("Header fields for the collector. Their values are never shown.", {
        "x-api-key": "…",
      }),
    ),
    timeout: duration(100).prefault("10s").describe("For one export with its repetitions."),
  }),
  { called: "`settings.tracing`", elsewhere: { url: "the address stands in `endpoint`" } },
);

export const tracing = noted(
  z.union([
    z.literal("off").transform(() => null),
    tracingMap.transform(
      ({ endpoint, sample, service_name, parents, headers, timeout }): TracingModel => ({
        endpoint,
        sample,
        serviceName: service_name,
        parents,
        headers,
        timeoutMs: timeout,
      }),
    ),
  ]),
  { expects: "`off` or a map with `endpoint`" },
);

function parseEndpoint(text: string): Result<string, ValueFault> {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return fault(
      "config.bad_value",
      `${quoted(text)} is not an http or https address`,
      "write `http://HOST:4318`",
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    const hint = "credentials go into `headers`";
    return fault("config.bad_value", "an endpoint has neither user, password, query nor fragment", hint);
  }
  if (url.port === "4317") {
    return fault("config.bad_value", "port 4317 is that of OTLP by gRPC", "by HTTP it is 4318");
  }
  if (url.pathname === "/") url.pathname = "/v1/traces";
  return ok(url.href);
}

function parseHeaders(headers: Record<string, string>): Result<TracingModel["headers"], ValueFault> {
  const fields: (readonly [string, string])[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const [key, text] = [parseFieldName(name), parseFieldValue(value)];
    if (!key.ok) return key;
    if (!text.ok) return fault("value.field", "not a header field value", null, [name]);
    fields.push([key.value, text.value]);
  }
  return ok(fields);
}
