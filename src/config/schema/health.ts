/** `health`: how targets are looked at from outside, whether they work. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { SECRET_FIELDS } from "../../observe/redaction.ts";
import type { HealthModel, HttpCheckModel } from "../model.ts";
import { parseFieldName, parseFieldValue, parseMethod } from "../values/header-field.ts";
import { parseHost } from "../values/host-name.ts";
import { parseRegex } from "../values/regex.ts";
import { secretsInUrl } from "../values/url-secrets.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { OTHER_HEALTH_KEYS } from "./other-words.ts";
import { about, choice, converted, count, duration, freeText, oneOrMore, textOf } from "./values.ts";

const STATUS_FORM = "a status or a range of them, such as `200` or `200-399`";

const status = noted(
  z.union([
    count(100, 599).transform((code): StatusRange => [code, code]),
    textOf(STATUS_FORM, parseStatusRange),
  ]),
  { expects: STATUS_FORM },
);

const BODY_FORMS = "a text, or `{ regex: … }`";

const bodyMap = noted(
  z.strictObject({ regex: noted(z.string(), { expects: "a pattern" }).describe("RE2 syntax.") }),
  { called: "a body to expect" },
);

const body = noted(
  z.union([
    freeText(BODY_FORMS).transform((text): BodyModel => ({ kind: "contains", text })),
    converted(bodyMap, ({ regex }): Result<BodyModel, ValueFault> => {
      const shape = parseRegex(regex);
      if (shape.ok) return ok({ kind: "regex", source: regex });
      return fault(shape.error.code, shape.error.message, shape.error.suggestion, ["regex"]);
    }),
  ]),
  { expects: BODY_FORMS },
);

const fields = noted(converted(z.record(z.string(), freeText("text")), fieldsOfRecord), {
  expects: "a map of header names and values",
  secretNames: SECRET_FIELDS,
});

const healthMap = noted(
  z.strictObject({
    kind: choice(["http", "tcp", "grpc"])
      .prefault("http")
      .describe(
        "`http`: a request must be answered well; `tcp`: the target must accept; `grpc`: its health service must say SERVING.",
      ),
    path: noted(textOf("a path such as `/healthz`", parsePath), { secretsIn: secretsInUrl })
      .optional()
      .meta(about("`http`: path and query of the request; `/` unless set.", "/healthz")),
    method: textOf("a method, such as `GET`", parseMethod).optional().describe("`http`; `GET` unless set."),
    host: textOf("a host name, perhaps with a port", parseAuthority)
      .optional()
      .describe("`http` and `grpc`: the request's Host; the target's own name and port unless set."),
    headers: fields
      .optional()
      .meta(about("`http`: further fields of the request.", { accept: "text/plain" })),
    statuses: oneOrMore(status)
      .optional()
      .meta(about("`http`: those that are good; 200 to 399 unless set.", 200, ["200-299", 404])),
    body: body
      .optional()
      .meta(
        about("`http`: what must be found in the first 64 KiB of the answer.", "ok", { regex: '"db":"up"' }),
      ),
    send: freeText("text").optional().meta(about("`tcp`: what is sent first.", "PING\r\n")),
    expect: freeText("text").optional().meta(about("`tcp`: what the target must send.", "+PONG")),
    service: freeText("the name of a gRPC service")
      .optional()
      .meta(about("`grpc`: the service that is asked about; the server as a whole unless set.", "shop.Cart")),
    port: noted(z.int().min(1).max(65_535), { expects: "a port from 1 to 65535" })
      .optional()
      .describe("Where the target is looked at, if not where requests go."),
    every: duration(100).prefault("10s").describe("From one look to the next, a tenth more or less."),
    timeout: duration(10).prefault("2s").describe("A look that takes longer has failed."),
    rise: count(1, 1000).prefault(2).describe("Successes in a row until a target that is down is up."),
    fall: count(1, 1000).prefault(3).describe("Failures in a row until one that is up is down."),
  }),
  { called: "`health`", meant: OTHER_HEALTH_KEYS },
);

export const health = noted(converted(healthMap, healthOfMap), {
  expects: "a map such as `{ path: /healthz, every: 5s }`",
});

type HealthMap = z.output<typeof healthMap>;
type StatusRange = HttpCheckModel["statuses"][number];
type BodyModel = NonNullable<HttpCheckModel["body"]>;

function healthOfMap(map: HealthMap): Result<HealthModel, ValueFault> {
  const misplaced = Object.entries(BELONGS_TO).find(
    ([key, kinds]) => map[key as keyof HealthMap] !== undefined && !kinds.includes(map.kind),
  );
  if (misplaced !== undefined) {
    const [key, kinds] = misplaced;
    const owners = kinds.map((kind) => `\`kind: ${kind}\``).join(" and ");
    return fault("config.conflict", `\`${key}\` belongs to ${owners}, and this is \`${map.kind}\``, null, [
      key,
    ]);
  }
  const useless = neverGood(map);
  if (useless !== null) return useless;
  return ok({
    check: checkOf(map),
    port: map.port ?? null,
    everyMs: map.every,
    timeoutMs: map.timeout,
    rise: map.rise,
    fall: map.fall,
  });
}

/** A HEAD has no body to look into, and CONNECT no answer but a tunnel: such checks could only fail. */
function neverGood({ kind, method, body }: HealthMap): Result<never, ValueFault> | null {
  if (kind !== "http") return null;
  if (method === "CONNECT")
    return fault("config.conflict", "a check by `CONNECT` never succeeds", null, ["method"]);
  if (method === "HEAD" && body !== undefined) {
    return fault("config.conflict", "an answer to `HEAD` has no body", "use `GET`", ["body"]);
  }
  return null;
}

function checkOf(map: HealthMap): HealthModel["check"] {
  switch (map.kind) {
    case "http":
      return httpCheck(map);
    case "tcp":
      return { kind: "tcp", send: map.send ?? null, expect: map.expect ?? null };
    case "grpc":
      return { kind: "grpc", service: map.service ?? "", host: map.host ?? null };
  }
}

function httpCheck({ method, path, host, headers, statuses, body }: HealthMap): HttpCheckModel {
  return {
    kind: "http",
    method: method ?? "GET",
    path: path ?? "/",
    host: host ?? null,
    headers: headers ?? [],
    statuses: statuses ?? [[200, 399]],
    body: body ?? null,
  };
}

function parseStatusRange(text: string): Result<StatusRange, ValueFault> {
  const [, from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
  if (from === undefined || Number(to) < Number(from)) {
    return fault("config.bad_value", `\`${text}\` is not ${STATUS_FORM}`);
  }
  return ok([Number(from), Number(to)]);
}

function parsePath(text: string): Result<string, ValueFault> {
  if (/^\/[\x21\x22\x24-\x7e]*$/.test(text)) return ok(text);
  const hint = "a path begins with `/` and has neither blanks nor `#`";
  return fault("config.bad_value", `\`${text}\` is not a path`, hint);
}

function parseAuthority(text: string): Result<string, ValueFault> {
  const [, name, port] = /^(.*?)(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  const host = parseHost(name ?? text);
  if (!host.ok || Number(port ?? 1) <= 65_535) return host.ok ? ok(text) : host;
  return fault("config.bad_value", `\`${text}\` has a port beyond 65535`);
}

function fieldsOfRecord(record: Record<string, string>): Result<(readonly [string, string])[], ValueFault> {
  const all: (readonly [string, string])[] = [];
  for (const [key, value] of Object.entries(record)) {
    const name = parseFieldName(key);
    if (!name.ok) return fault(name.error.code, name.error.message, name.error.suggestion, [key]);
    if (OURS.has(name.value)) {
      const hint = name.value === "host" ? "for Host there is `host`" : "leave it out";
      return fault("value.field", `\`${key}\` is set by the check itself`, hint, [key]);
    }
    const text = parseFieldValue(value);
    if (!text.ok) return fault(text.error.code, text.error.message, text.error.suggestion, [key]);
    all.push([name.value, value]);
  }
  return ok(all);
}

const BELONGS_TO: Readonly<Record<string, readonly string[]>> = {
  path: ["http"],
  method: ["http"],
  host: ["http", "grpc"],
  headers: ["http"],
  statuses: ["http"],
  body: ["http"],
  send: ["tcp"],
  expect: ["tcp"],
  service: ["grpc"],
};
const OURS = new Set(["host", "connection", "content-length", "transfer-encoding", "upgrade", "expect"]);
