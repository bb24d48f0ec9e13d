/** `discover` of an upstream: where its targets are found while the proxy runs. */
import { z } from "zod";
import { err, ok, type Result } from "../../base/result.ts";
import type { DiscoverModel, DiscoverSource } from "../model.ts";
import { parseFieldName, parseFieldValue } from "../values/header-field.ts";
import { parseHost } from "../values/host-name.ts";
import { parseNameServer } from "../values/network.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { about, choice, converted, duration, durationOrOff, freeText, textOf } from "./values.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is how people write it
const AUTHORIZATION = "Bearer ${TOKEN}";

const port = noted(z.int().min(1).max(65_535), { expects: "a port from 1 to 65535" });

const file = noted(
  z.strictObject({
    path: freeText("a path").meta(
      about(
        "A YAML or JSON file with a list of targets; read again whenever it changes.",
        "/etc/portward/api.yaml",
      ),
    ),
  }),
  { called: "`file`" },
);

const http = noted(
  z.strictObject({
    url: textOf("a URL", parseUrl).meta(
      about(
        "Answers with a list of targets, as YAML or JSON; with an ETag it is sent only when it changes.",
        "http://127.0.0.1:8500/api.json",
      ),
    ),
    every: duration(100).prefault("10s").describe("How often it is asked, with a little jitter."),
    timeout: duration(10).prefault("5s").describe("How long an answer may take."),
    headers: noted(converted(z.record(z.string(), z.string()), fieldsOfRecord), {
      expects: "a map of header names and values",
      secret: true,
    })
      .prefault({})
      .meta(about("Sent with each request; values are never shown.", { authorization: AUTHORIZATION })),
  }),
  { called: "`http`" },
);

const dns = noted(
  z.strictObject({
    name: textOf("a name", parseDnsName).meta(
      about("Asked for again as TTLs run out.", "api.internal", "_http._tcp.api.internal"),
    ),
    type: choice(["address", "srv"])
      .prefault("address")
      .describe("`address`: each address is a target. `srv`: records say host, port, weight and priority."),
    port: port.optional().describe("Of the targets, with `address`."),
    servers: z
      .array(textOf("the address of a name server, such as `1.1.1.1:53`", parseNameServer))
      .optional()
      .meta(about("Name servers; those of `settings.dns` unless set.", ["10.0.0.2:8600"])),
    at_least: duration(10).prefault("1s").describe("The shortest time between two questions."),
    at_most: duration(10).prefault("5m").describe("The longest, however long the TTLs are."),
  }),
  { called: "`dns`" },
);

const discoverMap = noted(
  z.strictObject({
    file: file.optional().meta(about("Targets in a file of their own.", { path: "/etc/portward/api.yaml" })),
    http: http.optional().meta(about("Targets at a URL.", { url: "http://127.0.0.1:8500/api.json" })),
    dns: dns.optional().meta(about("Targets from DNS.", { name: "api.internal", port: 3000 })),
    keep: durationOrOff()
      .prefault("off")
      .describe("How long the last good list holds while the source fails; `off`: for good."),
  }),
  { called: "`discover`" },
);

const EXPECTS = "a source such as `{ dns: { name: api.internal, port: 3000 } }`";

export const discover = noted(converted(discoverMap, discoverOfMap), { expects: EXPECTS });

type DiscoverMap = z.output<typeof discoverMap>;

function discoverOfMap({ keep, ...map }: DiscoverMap): Result<DiscoverModel, ValueFault> {
  const given = Object.entries(map).filter(([, value]) => value !== undefined);
  const [first, second] = given;
  if (first === undefined)
    return fault("config.missing_key", "`discover` names no source", `add one of ${known()}`);
  if (second !== undefined) {
    return fault(
      "config.conflict",
      `\`discover\` names two sources: \`${first[0]}\` and \`${second[0]}\``,
      null,
      [second[0]],
    );
  }
  const source = sourceOf(map);
  return source.ok ? ok({ source: source.value, keepMs: keep }) : source;
}

function sourceOf({ file, http, dns }: Omit<DiscoverMap, "keep">): Result<DiscoverSource, ValueFault> {
  if (file !== undefined) return ok({ provider: "file", path: file.path });
  if (http !== undefined) {
    const { url, every, timeout, headers } = http;
    return ok({ provider: "http", url, everyMs: every, timeoutMs: timeout, headers });
  }
  const { name, type, port, servers, at_least, at_most } = dns!;
  if (type === "address" && port === undefined) {
    return fault(
      "config.missing_key",
      "addresses from DNS have no port",
      "add `port: 3000`, or `type: srv`",
      ["dns"],
    );
  }
  if (type === "srv" && port !== undefined) {
    return fault("config.conflict", "SRV records say the port themselves", null, ["dns", "port"]);
  }
  return ok({
    provider: "dns",
    name,
    type,
    port: port ?? 0,
    servers: servers ?? null,
    leastMs: at_least,
    mostMs: at_most,
  });
}

function known(): string {
  const words = Object.keys(discoverMap.shape).filter((key) => key !== "keep");
  return words.map((word) => `\`${word}\``).join(", ");
}

function parseUrl(text: string): Result<string, ValueFault> {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return ok(text);
  return fault("config.bad_value", "not a URL with `http://` or `https://`");
}

/** SRV names begin with `_`, host names never do. */
function parseDnsName(text: string): Result<string, ValueFault> {
  const labels = text.split(".").filter((label) => !/^_[a-z0-9-]{1,62}$/i.test(label));
  const host = parseHost(labels.length === 0 ? "x" : labels.join("."));
  return host.ok ? ok(text) : err(host.error);
}

function fieldsOfRecord(record: Record<string, string>): Result<(readonly [string, string])[], ValueFault> {
  const fields: (readonly [string, string])[] = [];
  for (const [key, value] of Object.entries(record)) {
    const name = parseFieldName(key);
    if (!name.ok) return fault(name.error.code, name.error.message, name.error.suggestion, [key]);
    const text = parseFieldValue(value);
    if (!text.ok) return fault(text.error.code, text.error.message, text.error.suggestion, [key]);
    fields.push([name.value, value]);
  }
  return ok(fields);
}
