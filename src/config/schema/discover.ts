/** `discover` of an upstream: where its targets are found while the proxy runs. */
import { z } from "zod";
import { err, ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { DiscoverModel, DiscoverSource } from "../model.ts";
import { parseFieldName, parseFieldValue } from "../values/header-field.ts";
import { canonicalIp, parseHost } from "../values/host-name.ts";
import { parseNameServer } from "../values/network.ts";
import { parseRedisUrl } from "../values/redis-url.ts";
import { secretsInUrl } from "../values/url-secrets.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { about, choice, converted, duration, durationOrOff, freeText, textOf } from "./values.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is how people write it
const AUTHORIZATION = "Bearer ${TOKEN}";
const TOKEN_FILE = "${file:/run/secrets/consul}";
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above

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
  { called: "`file`", expects: "a map such as `{ path: /etc/portward/api.yaml }`" },
);

const http = noted(
  z.strictObject({
    url: noted(textOf("a URL", parseUrl), { secretsIn: secretsInUrl }).meta(
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
  { called: "`http`", expects: 'a map such as `{ url: "http://127.0.0.1:8500/api.json" }`' },
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
  { called: "`dns`", expects: "a map such as `{ name: api.internal, port: 3000 }`" },
);

const secret = (what: string) => noted(freeText(what), { secret: true });

const consul = noted(
  z.strictObject({
    service: freeText("the name of a service").meta(about("Its instances that pass their checks.", "api")),
    url: noted(textOf("a URL", parseUrl), { secretsIn: secretsInUrl })
      .prefault("http://127.0.0.1:8500")
      .describe("Of an agent or a server."),
    tag: freeText("a tag").optional().meta(about("Only instances with this tag.", "v2")),
    datacenter: freeText("a data centre").optional().meta(about("Another than the agent's own.", "eu-1")),
    token: secret("a token").optional().meta(about("Of the ACL; never shown.", TOKEN_FILE)),
  }),
  { called: "`consul`" },
);

const etcd = noted(
  z.strictObject({
    prefix: freeText("a prefix of keys").meta(
      about("Each value below it is one target, or a list of them.", "/services/api/"),
    ),
    urls: z
      .array(noted(textOf("a URL", parseUrl), { secretsIn: secretsInUrl }))
      .min(1)
      .prefault(["http://127.0.0.1:2379"])
      .describe("Of members; one of them is asked, another when it fails."),
    user: freeText("a name").optional().describe("Where etcd wants one."),
    password: secret("a password").optional().describe("Of `user`; never shown."),
  }),
  { called: "`etcd`" },
);

const docker = noted(
  z.strictObject({
    upstream: freeText("a value of the label").meta(
      about(
        "Containers whose label `portward.upstream` has this value, with `portward.port` and others.",
        "api",
      ),
    ),
    socket: freeText("a path").prefault("/var/run/docker.sock").describe("Of the engine."),
  }),
  { called: "`docker`" },
);

const kubernetes = noted(
  z.strictObject({
    service: freeText("the name of a service").meta(about("Its ready endpoints.", "api")),
    namespace: freeText("a namespace").optional().meta(about("That of the pod unless set.", "shop")),
    port: z
      .union([freeText("the name of a port"), port])
      .optional()
      .meta(about("Which port of the service; needed when it has several.", "http", 3000)),
    url: textOf("a URL", parseUrl)
      .optional()
      .meta(about("Of the API; inside a cluster it is known.", "https://10.96.0.1")),
    token_file: freeText("a path")
      .optional()
      .describe("Of a token, read again as it is renewed; the pod's own unless set."),
    ca: freeText("a path").optional().describe("Of the API's authority; the pod's own unless set."),
  }),
  { called: "`kubernetes`" },
);

const redis = noted(
  z.strictObject({
    prefix: freeText("a prefix of keys").meta(
      about("Each value below it is one target, or a list of them.", "services:api:"),
    ),
    url: noted(textOf("a URL such as `rediss://redis.internal:6379/0`", parseRedisUrl), { secret: true })
      .prefault("redis://127.0.0.1:6379")
      .describe("With user, password and database; `rediss://` for TLS. Never shown."),
    refresh: duration(100)
      .prefault("30s")
      .describe(
        "How often keys are read where the server does not notify of them (`notify-keyspace-events`).",
      ),
  }),
  { called: "`redis`" },
);

const nats = noted(
  z.strictObject({
    bucket: freeText("the name of a bucket").meta(about("Of the key-value store.", "services")),
    prefix: freeText("a prefix of keys", 0)
      .prefault("")
      .meta(about("Each value below it is one target, or a list of them.", "api.")),
    servers: z
      .array(noted(textOf("a URL", parseNatsUrl), { secretsIn: secretsInUrl }))
      .min(1)
      .prefault(["nats://127.0.0.1:4222"])
      .describe("Any of a cluster."),
    token: secret("a token").optional().describe("Where the server wants one; never shown."),
  }),
  { called: "`nats`" },
);

const discoverMap = noted(
  z.strictObject({
    file: file.optional().meta(about("Targets in a file of their own.", { path: "/etc/portward/api.yaml" })),
    http: http.optional().meta(about("Targets at a URL.", { url: "http://127.0.0.1:8500/api.json" })),
    dns: dns.optional().meta(about("Targets from DNS.", { name: "api.internal", port: 3000 })),
    consul: consul.optional().meta(about("Instances of a service in Consul.", { service: "api" })),
    etcd: etcd.optional().meta(about("Keys of etcd.", { prefix: "/services/api/" })),
    docker: docker.optional().meta(about("Containers of a Docker engine.", { upstream: "api" })),
    kubernetes: kubernetes
      .optional()
      .meta(about("Ready endpoints of a service in Kubernetes.", { service: "api", port: "http" })),
    redis: redis.optional().meta(about("Keys of Redis.", { prefix: "services:api:" })),
    nats: nats.optional().meta(about("A bucket of NATS.", { bucket: "services", prefix: "api." })),
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

function sourceOf(map: Omit<DiscoverMap, "keep">): Result<DiscoverSource, ValueFault> {
  return map.dns === undefined ? ok(plainSource(map)) : dnsSource(map.dns);
}

/** Of those whose keys stand each for itself; exactly one of them is given. */
function plainSource(map: Omit<DiscoverMap, "keep" | "dns">): DiscoverSource {
  const { file, http, consul, etcd, docker, kubernetes, redis } = map;
  if (file !== undefined) return { provider: "file", path: file.path };
  if (http !== undefined) {
    const { url, every, timeout, headers } = http;
    return { provider: "http", url, everyMs: every, timeoutMs: timeout, headers };
  }
  if (consul !== undefined) {
    const { url, service, tag, datacenter, token } = consul;
    return {
      provider: "consul",
      url,
      service,
      tag: tag ?? null,
      datacenter: datacenter ?? null,
      token: token ?? null,
    };
  }
  if (etcd !== undefined) {
    const { urls, prefix, user, password } = etcd;
    return { provider: "etcd", urls, prefix, user: user ?? null, password: password ?? null };
  }
  if (docker !== undefined) return { provider: "docker", ...docker };
  if (kubernetes !== undefined) {
    const { service, namespace, port, url, token_file, ca } = kubernetes;
    const where = { namespace: namespace ?? null, port: port ?? null, url: url ?? null };
    return { provider: "kubernetes", service, ...where, tokenFile: token_file ?? null, caFile: ca ?? null };
  }
  if (redis !== undefined) {
    return { provider: "redis", url: redis.url, prefix: redis.prefix, refreshMs: redis.refresh };
  }
  const { servers, bucket, prefix, token } = map.nats!;
  return { provider: "nats", servers, bucket, prefix, token: token ?? null };
}

function dnsSource(dns: NonNullable<DiscoverMap["dns"]>): Result<DiscoverSource, ValueFault> {
  const { name, type, port, servers, at_least, at_most } = dns;
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
  if (at_least > at_most) {
    return fault("config.conflict", "`at_least` is longer than `at_most`", "set both", ["dns", "at_least"]);
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

function parseNatsUrl(text: string): Result<string, ValueFault> {
  const isNats = /^(?:nats|tls):$/.test(URL.parse(text)?.protocol ?? "");
  return isNats ? ok(text) : fault("config.bad_value", "not a URL with `nats://` or `tls://`");
}

/** SRV names begin with `_`, host names never do. */
function parseDnsName(text: string): Result<string, ValueFault> {
  if (canonicalIp(text) !== null) {
    return fault("value.host", `${quoted(text)} is an address already`, "write it under `targets`");
  }
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
