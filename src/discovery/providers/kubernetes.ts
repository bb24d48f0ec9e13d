/**
 * The ready endpoints of a Kubernetes service, from its EndpointSlices: a list tells all, a watch from there on tells what
 * changes. Two kinds of request, so no client is needed (the official one brings sixty packages and 64 MB).
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import { readFile } from "node:fs/promises";
import { type Provider, SourceError, type TargetList } from "../contract.ts";
import { jsonLines } from "../json-lines.ts";
import { readBounded } from "../read-bounded.ts";
import { readTargetValue } from "../target-list.ts";

export interface KubernetesSettings {
  readonly service: string;
  /** Null: that of the pod. */
  readonly namespace: string | null;
  /** A name or a number; null: the only one that there is. */
  readonly port: string | number | null;
  /** Of the API; null: that of the cluster around the pod. */
  readonly url: string | null;
  /** Read again for each connection, because it is renewed; null: the pod's own. */
  readonly tokenFile: string | null;
  /** Null: the pod's own. */
  readonly caFile: string | null;
}

export const kubernetesProvider: Provider<KubernetesSettings> = async (settings, events, _tools, stop) => {
  const api = await open(settings);
  const slices = new Map<string, EndpointSlice>();
  const listed = JSON.parse(await readBounded(await ask(api, "", stop), LIST_LIMIT_BYTES)) as SliceList;
  for (const slice of listed.items ?? []) slices.set(slice.metadata?.name ?? "", slice);
  const tell = (version: string) => events.onTargets(targetsIn(slices.values(), settings.port, version));
  let version = listed.metadata?.resourceVersion ?? "";
  tell(version);
  while (!stop.aborted) {
    const query = `&watch=1&allowWatchBookmarks=true&timeoutSeconds=${WATCH_S}&resourceVersion=${encodeURIComponent(version)}`;
    for await (const line of jsonLines(await ask(api, query, stop))) {
      const { type, object } = line as WatchEvent;
      if (type === "ERROR")
        throw new SourceError("refused", `the watch has ended: ${object?.message ?? "no reason"}`);
      version = object?.metadata?.resourceVersion ?? version;
      if (type === "BOOKMARK") continue;
      const name = object?.metadata?.name ?? "";
      if (type === "DELETED") slices.delete(name);
      else slices.set(name, object ?? {});
      tell(version);
    }
  }
};

interface Api {
  readonly url: string;
  readonly token: string | null;
  readonly ca: string | null;
}

async function open({ service, namespace, url, tokenFile, caFile }: KubernetesSettings): Promise<Api> {
  const own = namespace ?? (await optional(`${POD}/namespace`)) ?? "default";
  const origin = url ?? clusterUrl();
  const selector = encodeURIComponent(`kubernetes.io/service-name=${service}`);
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(own)}/endpointslices`;
  return {
    url: `${new URL(origin).origin}${path}?labelSelector=${selector}`,
    token: tokenFile === null ? await optional(`${POD}/token`) : await needed(tokenFile),
    ca: caFile === null ? await optional(`${POD}/ca.crt`) : await needed(caFile),
  };
}

async function ask({ url, token, ca }: Api, query: string, stop: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token.trim()}` };
  const tls = ca === null ? {} : { tls: { ca } };
  const answer = await fetch(`${url}${query}`, { headers, signal: stop, redirect: "error", ...tls });
  if (answer.status === 200) return answer;
  await answer.body?.cancel();
  throw new SourceError("refused", `the API answers ${answer.status}`);
}

function clusterUrl(): string {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = process.env;
  if (host === undefined) throw new SourceError("unreachable", "this is no pod of a cluster; set `url`");
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function optional(path: string): Promise<string | null> {
  return readFile(path, "utf8").then(
    (text) => text.trim(),
    () => null,
  );
}

async function needed(path: string): Promise<string> {
  const text = await optional(path);
  if (text === null) throw new SourceError("unreachable", `${path} cannot be read`);
  return text;
}

interface SliceList {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly items?: readonly EndpointSlice[];
}

interface WatchEvent {
  readonly type?: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object?: EndpointSlice & { readonly message?: string };
}

interface EndpointSlice {
  readonly metadata?: { readonly name?: string; readonly resourceVersion?: string };
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[];
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
    readonly zone?: string;
  }[];
}

/** Readiness that nobody tells counts as ready (the API's own rule). An address is in one list for each family. */
function targetsIn(
  slices: Iterable<EndpointSlice>,
  wanted: string | number | null,
  version: string,
): TargetList {
  const targets = new Map<string, object>();
  for (const { ports = [], endpoints = [] } of slices) {
    for (const { addresses = [], conditions, zone } of endpoints) {
      if (conditions?.ready === false) continue;
      const port = portOf(ports, wanted);
      for (const host of addresses) {
        targets.set(`${host} ${port}`, { host, port, ...(zone === undefined ? {} : { zone }) });
      }
    }
  }
  return readTargetValue([...targets.values()], version);
}

function portOf(ports: NonNullable<EndpointSlice["ports"]>, wanted: string | number | null): number {
  const tcp = ports.filter(({ protocol = "TCP" }) => protocol === "TCP");
  const found = wanted === null ? tcp : tcp.filter(({ name, port }) => name === wanted || port === wanted);
  if (found.length === 1 && found[0]!.port !== undefined) return found[0]!.port;
  if (typeof wanted === "number") return wanted;
  const names = tcp.map(({ name, port }) => name || port).join(", ");
  const what =
    wanted === null ? "the service has not just one port" : `the service has no port \`${wanted}\``;
  throw new SourceError("nonsense", `${what}: ${names || "none"}`);
}

/** Where a pod finds what it needs to ask the API. */
const POD = "/var/run/secrets/kubernetes.io/serviceaccount";
const WATCH_S = 290;
const LIST_LIMIT_BYTES = 32 * 1024 * 1024;
