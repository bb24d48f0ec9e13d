/**
 * Settings that differ. All of them are compared, whether this file has words for them or not: a setting that is
 * new to the model is then told under the name that it has there.
 */
import type { AcmeDnsModel, AcmeModel, OnDemandModel, Settings } from "../../config/model.ts";
import { formatDuration } from "../../config/values/duration.ts";
import { formatSize } from "../../config/values/size.ts";
import type { Side } from "../side.ts";
import { accessLogText } from "./access-log-text.ts";
import { type Aspect, aspectChanges, canonicalJson, plainText, snakeCase, sourceOf } from "./aspects.ts";
import type { ValueChange } from "./change.ts";

export function compareSettings(before: Side, after: Side): ValueChange[] {
  return aspectChanges(aspectsOf(before), aspectsOf(after));
}

export function durationText(ms: number): string {
  return Number.isFinite(ms) ? formatDuration(ms) : "off";
}

export function sizeText(bytes: number): string {
  return Number.isFinite(bytes) ? formatSize(bytes) : "off";
}

export function rateText(bytes: number): string {
  return bytes === 0 ? "off" : formatSize(bytes);
}

function aspectsOf({ configuration, provenance }: Side): Aspect[] {
  return leaves(configuration.settings).map(([path, value]) => {
    const { keys, text } = WORDS.get(path) ?? { keys: path.split(".").map(snakeCase), text: plainText };
    return {
      name: keys.join("."),
      key: canonicalJson(isSet(path) ? [...(value as readonly string[])].sort() : value),
      text: text(value),
      source: () => sourceOf(provenance.setting(...keys)),
    };
  });
}

/** The order in which trusted networks are written means nothing. */
function isSet(path: string): boolean {
  return path === "trustedProxies";
}

/** Groups such as `limits` are taken apart; a value with a `kind` is one value. */
function leaves(settings: Settings): [path: string, value: unknown][] {
  return Object.entries(settings as unknown as Record<string, unknown>).flatMap(([name, value]) => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || "kind" in value) {
      return [[name, value] satisfies [string, unknown]];
    }
    return Object.entries(value).map(([key, inner]): [string, unknown] => [`${name}.${key}`, inner]);
  });
}

interface Words {
  /** As in the file. */
  readonly keys: readonly string[];
  readonly text: (value: unknown) => string;
}

function words(file: string, text: (value: never) => string = String): Words {
  return { keys: file.split("."), text: text as Words["text"] };
}

const onOff = (value: boolean) => (value ? "on" : "off");
const list = (items: readonly string[]) => (items.length === 0 ? "none" : items.join(", "));
const secretText = (token: string | null) => (token === null ? "none" : "***");
/** Their values are secrets. */
const namesOnly = (fields: readonly (readonly [string, string])[]) =>
  list(fields.map(([name]) => `${name}: ***`));

/** Addresses have passwords in them. */
const sharedText = (shared: AcmeModel["shared"]) =>
  shared === null
    ? "a directory"
    : `${shared.kind} ${shared.prefix}, ${shared.passphrase === null ? "in the clear" : "sealed"}`;
/** Its URL may hold a secret. */
const onDemandText = (rule: OnDemandModel | null) => {
  if (rule === null) return "off";
  const asked = rule.ask === null ? [] : [`asked at ${new URL(rule.ask).host}`];
  return [...rule.hosts, ...asked, `${rule.names} names`, `${rule.perHour} an hour`].join(", ");
};

const accountText = (account: AcmeModel["externalAccount"]) =>
  account === null ? "none" : `${account.keyId} with ***`;

/** Arguments, variables and URLs may hold secrets. */
const dnsText = (dns: AcmeDnsModel | null) => {
  if (dns === null) return "none";
  return dns.hook.kind === "exec" ? `exec: ${dns.hook.command[0]}` : `webhook: ${new URL(dns.hook.url).host}`;
};

const WORDS = new Map<string, Words>([
  ["trustedProxies", words("trusted_proxies", list)],
  ["notFoundMessage", words("not_found_message")],
  ["accessLogs", words("access_log", accessLogText)],
  ["redact.headers", words("redact.headers", list)],
  ["redact.query", words("redact.query", list)],
  ["tracing", words("tracing", () => "off")],
  ["tracing.endpoint", words("tracing.endpoint")],
  ["tracing.sample", words("tracing.sample")],
  ["tracing.serviceName", words("tracing.service_name")],
  ["tracing.parents", words("tracing.parents")],
  ["tracing.headers", words("tracing.headers", namesOnly)],
  ["tracing.timeoutMs", words("tracing.timeout", durationText)],
  ["via", words("via", onOff)],
  ["forwarded", words("forwarded", onOff)],
  ["drainMs", words("drain", durationText)],
  ["drainLeadMs", words("drain_lead", durationText)],
  ["limits.headBytes", words("limits.head", sizeText)],
  ["limits.fieldCount", words("limits.fields")],
  ["limits.lineBytes", words("limits.line", sizeText)],
  ["limits.bodyBytes", words("limits.body", sizeText)],
  ["limits.chunkExtensionBytes", words("limits.chunk_extensions", sizeText)],
  ["limits.requestsPerConnection", words("limits.requests_per_connection")],
  ["limits.connectionsPerListener", words("limits.connections")],
  ["limits.connectionsPerTarget", words("limits.connections_per_target")],
  ["limits.pendingConnectsPerTarget", words("limits.pending_connects")],
  ["limits.heldBytes", words("limits.held", sizeText)],
  ["limits.minRateBytes", words("limits.min_rate", rateText)],
  ["limits.minRateWindowMs", words("limits.min_rate_window", durationText)],
  ["timeouts.handshakeMs", words("timeouts.handshake", durationText)],
  ["timeouts.connectMs", words("timeouts.connect", durationText)],
  ["timeouts.headMs", words("timeouts.head", durationText)],
  ["timeouts.bodyMs", words("timeouts.body", durationText)],
  ["timeouts.responseMs", words("timeouts.response", durationText)],
  ["timeouts.idleMs", words("timeouts.idle", durationText)],
  ["timeouts.keepAliveMs", words("timeouts.keep_alive", durationText)],
  ["pool.idleConnections", words("pool.idle")],
  ["pool.idleTimeoutMs", words("pool.idle_timeout", durationText)],
  ["pool.maxAgeMs", words("pool.max_age", durationText)],
  ["dns.servers", words("dns.servers", list)],
  ["dns.refreshMs", words("dns.refresh", durationText)],
  ["deadlineHeader", words("deadline_header", (name: string | null) => name ?? "off")],
  ["explainToken", words("explain_token", secretText)],
  ["acme", words("acme", () => "off")],
  ["acme.storage", words("acme.storage")],
  ["acme.shared", words("acme.storage", sharedText)],
  ["acme.directory", words("acme.directory")],
  ["acme.email", words("acme.email", (email: string | null) => email ?? "none")],
  ["acme.externalAccount", words("acme.external_account", accountText)],
  ["acme.challenge", words("acme.challenge")],
  ["acme.dns", words("acme.dns", dnsText)],
  ["acme.onDemand", words("acme.on_demand", onDemandText)],
  ["acme.ca", words("acme.ca", (file: string | null) => file ?? "none")],
  ["internalCa", words("internal_ca", () => "off")],
  ["internalCa.storage", words("internal_ca.storage")],
  ["internalCa.lifetimeMs", words("internal_ca.lifetime", durationText)],
  ["admin.token", words("admin.token", secretText)],
  ["admin.hosts", words("admin.hosts", list)],
  ["admin.tls", words("admin.tls", () => "off")],
  ["admin.tls.cert", words("admin.tls.cert")],
  ["admin.tls.key", words("admin.tls.key")],
  [
    "admin.tls.clientCa",
    words("admin.tls.client_ca", (files: readonly string[] | null) => list(files ?? [])),
  ],
  ["workers.hangMs", words("workers.hang", durationText)],
]);
