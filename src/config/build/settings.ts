/**
 * The settings of all documents as one. Each value may be set in one place only: that the file which
 * happens to come last in the alphabet decides would be a trap.
 */
import { join } from "node:path";
import type { z } from "zod";
import { diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { quoted } from "../diagnostics/wording.ts";
import type {
  AcmeModel,
  AdminSettings,
  DnsHookModel,
  InternalCaModel,
  Limits,
  Settings,
  SharedStorageModel,
  Timeouts,
} from "../model.ts";
import type { AcmeInput } from "../schema/acme.ts";
import { checkShape } from "../schema/check-shape.ts";
import { hideSecrets } from "../schema/hide-secrets.ts";
import type { InternalCaInput } from "../schema/internal-ca.ts";
import { settingsSchema } from "../schema/settings.ts";
import type { settingsLimits, settingsTimeouts } from "../schema/timing.ts";
import { type ConfigNode, type MapEntry, type MapNode, valueAt } from "../source/config-node.ts";
import { besideFile } from "./beside-file.ts";
import { settingsRetryModel } from "./retry.ts";

export interface BuiltSettings {
  readonly settings: Settings;
  /** What tcp routes start from: their idle timeout is longer unless somebody said otherwise. */
  readonly tcpTimeouts: Timeouts;
  /** The settings of all documents as written; null when none has any. */
  readonly node: ConfigNode | null;
}

/** @param state a directory for what must outlast the process */
export function buildSettings(
  nodes: readonly ConfigNode[],
  state: string,
  found: DiagnosticList,
): BuiltSettings {
  const maps: MapNode[] = [];
  for (const node of nodes) {
    if (node.kind === "map") maps.push(node);
    else checkShape(settingsSchema, node, found);
  }
  for (const map of maps) hideSecrets(settingsSchema, map, found.secrets);
  const merged = maps.length === 0 ? null : maps.reduce((first, second) => merge(first, second, found));
  const input = merged === null ? null : checkShape(settingsSchema, merged, found);
  const settings = settingsOf(input ?? settingsSchema.parse({}), merged, state);
  warnAboutTrust(settings, merged, found);
  const idleIsSet = merged !== null && valueAt(valueAt(merged, "timeouts"), "idle") !== undefined;
  const tcpTimeouts = idleIsSet ? settings.timeouts : { ...settings.timeouts, idleMs: TCP_IDLE_MS };
  return { settings, tcpTimeouts, node: merged };
}

function merge(first: MapNode, second: MapNode, found: DiagnosticList): MapNode {
  const entries = new Map(first.entries);
  for (const [key, entry] of second.entries) {
    const before = entries.get(key);
    entries.set(key, before === undefined ? entry : mergeEntry(key, before, entry, found));
  }
  return { ...first, entries };
}

function mergeEntry(key: string, before: MapEntry, entry: MapEntry, found: DiagnosticList): MapEntry {
  const [one, two] = [before.value, entry.value];
  if (one.kind === "map" && two.kind === "map") return { key: before.key, value: merge(one, two, found) };
  const same = one.kind === "scalar" && two.kind === "scalar" && one.value === two.value;
  if (!same) {
    const related = [relatedAt(before.key, "first set here")];
    found.add(diagnose("config.conflict", entry.key, `the setting ${quoted(key)} is set twice`, { related }));
  }
  return before;
}

function warnAboutTrust(settings: Settings, merged: MapNode | null, found: DiagnosticList): void {
  const index = settings.trustedProxies.findIndex((network) => network.endsWith("/0"));
  if (index === -1 || merged === null) return;
  const list = valueAt(merged, "trusted_proxies");
  const place = (list?.kind === "list" ? list.items[index] : list) ?? merged;
  const message = "every client is trusted: anybody may claim any address in X-Forwarded-For";
  found.add(
    diagnose("settings.trusts_everyone", place, message, {
      suggestion: "name the proxies in front of this one",
    }),
  );
}

function adminOf(
  { token, hosts, tls }: z.output<typeof settingsSchema>["admin"],
  node: ConfigNode | undefined,
): AdminSettings {
  const place = valueAt(node, "tls");
  if (tls === undefined || place === undefined) return { token, hosts, tls: null };
  const [cert, key] = [besideFile(tls.cert, place), besideFile(tls.key, place)];
  const clientCa = tls.client_ca?.map((path) => besideFile(path, place)) ?? null;
  return { token, hosts, tls: { cert, key, clientCa } };
}

function settingsOf(
  input: z.output<typeof settingsSchema>,
  node: ConfigNode | null,
  state: string,
): Settings {
  return {
    trustedProxies: input.trusted_proxies,
    notFoundMessage: input.not_found_message,
    accessLogs: input.access_log,
    redact: input.redact,
    tracing: input.tracing,
    via: input.via,
    forwarded: input.forwarded,
    limits: limitsOf(input.limits),
    timeouts: timeoutsOf(input.timeouts),
    retry: settingsRetryModel(input.retry),
    pool: {
      idleConnections: input.pool.idle,
      idleTimeoutMs: input.pool.idle_timeout,
      maxAgeMs: input.pool.max_age,
    },
    dns: { servers: input.dns.servers, refreshMs: input.dns.refresh },
    drainMs: input.drain,
    drainLeadMs: input.drain_lead,
    acme:
      input.acme === undefined ? null : acmeOf(input.acme, valueAt(node!, "acme")!, input.dns.servers, state),
    internalCa: internalCaOf(input.internal_ca, valueAt(node ?? undefined, "internal_ca"), state),
    admin: adminOf(input.admin, valueAt(node ?? undefined, "admin")),
    explainToken: input.explain_token,
    deadlineHeader: input.deadline_header,
    recentRequests: input.recent_requests,
    workers: { hangMs: input.workers.hang },
  };
}

function acmeOf(
  {
    storage,
    directory,
    email,
    external_account: account,
    challenge,
    dns,
    on_demand: onDemand,
    ca,
  }: AcmeInput,
  node: ConfigNode,
  resolvers: readonly string[],
  state: string,
): AcmeModel {
  const at = (key: string) => valueAt(node, key) ?? node;
  return {
    storage: acmeDirectoryOf(storage, at("storage"), state),
    shared: sharedOf(storage),
    directory,
    email: email ?? null,
    externalAccount: account === undefined ? null : { keyId: account.key_id, key: account.key },
    challenge,
    dns: dns === undefined ? null : { ...dns, hook: hookBeside(dns.hook, at("dns")), resolvers },
    onDemand: onDemand ?? null,
    ca: ca === undefined ? null : besideFile(ca, at("ca")),
  };
}

/** What is in a shared storage has a copy here. */
function acmeDirectoryOf(storage: AcmeInput["storage"], node: ConfigNode, state: string): string {
  if (typeof storage === "string") return besideFile(storage, node);
  const { directory } = storage;
  return directory === undefined
    ? join(state, "acme")
    : besideFile(directory, valueAt(node, "directory") ?? node);
}

function sharedOf(storage: AcmeInput["storage"]): SharedStorageModel | null {
  if (typeof storage === "string") return null;
  const { redis, etcd = [], prefix, passphrase = null } = storage;
  if (redis === undefined) return { kind: "etcd", urls: etcd, prefix, passphrase };
  return { kind: "redis", urls: [redis], prefix, passphrase };
}

function internalCaOf(
  { storage, lifetime }: InternalCaInput,
  node: ConfigNode | undefined,
  state: string,
): InternalCaModel {
  const place = valueAt(node, "storage");
  return {
    storage:
      storage === undefined || place === undefined ? join(state, "local-ca") : besideFile(storage, place),
    lifetimeMs: lifetime,
  };
}

/** A program with a slash in its name lies beside the file, like every path; another is looked for in PATH. */
function hookBeside(hook: DnsHookModel, node: ConfigNode): DnsHookModel {
  if (hook.kind === "webhook") return hook;
  const [program, ...rest] = hook.command;
  return { ...hook, command: [program!.includes("/") ? besideFile(program!, node) : program!, ...rest] };
}

function limitsOf(input: z.output<typeof settingsLimits>): Limits {
  return {
    headBytes: input.head,
    fieldCount: input.fields,
    lineBytes: input.line,
    bodyBytes: input.body,
    chunkExtensionBytes: input.chunk_extensions,
    requestsPerConnection: input.requests_per_connection,
    connectionsPerListener: input.connections,
    connectionsPerTarget: input.connections_per_target,
    pendingConnectsPerTarget: input.pending_connects,
    heldBytes: input.held,
    minRateBytes: input.min_rate,
    minRateWindowMs: input.min_rate_window,
  };
}

function timeoutsOf(input: z.output<typeof settingsTimeouts>): Timeouts {
  return {
    handshakeMs: input.handshake,
    connectMs: input.connect,
    headMs: input.head,
    bodyMs: input.body,
    responseMs: input.response,
    idleMs: input.idle,
    totalMs: input.total,
    keepAliveMs: input.keep_alive,
  };
}

/** Sessions of databases and queues are quiet for minutes; an HTTP body that is, has died. */
const TCP_IDLE_MS = 10 * 60_000;
