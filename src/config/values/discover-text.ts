/** A source of targets in words, for `explain` and `plan`: `dns api.internal:3000, kept for 1h`. No secrets. */
import type { DiscoverModel, DiscoverSource } from "../model.ts";
import { formatDuration } from "./duration.ts";

export function discoverText({ source, keepMs }: DiscoverModel): string {
  const kept = Number.isFinite(keepMs) ? `, kept for ${formatDuration(keepMs)}` : "";
  return `${source.provider} ${placeOf(source)}${kept}`;
}

function placeOf(source: DiscoverSource): string {
  switch (source.provider) {
    case "file":
      return source.path;
    case "http":
      return withoutSecrets(source.url);
    case "dns":
      return source.type === "srv" ? `${source.name} (SRV)` : `${source.name}:${source.port}`;
    case "consul":
      return `${source.service} at ${withoutSecrets(source.url)}`;
    case "etcd":
      return `${source.prefix} at ${source.urls.map(withoutSecrets).join(", ")}`;
    case "docker":
      return `${source.upstream} at ${source.socket}`;
    case "kubernetes":
      return source.namespace === null ? source.service : `${source.namespace}/${source.service}`;
    case "redis":
      return `${source.prefix} at ${withoutSecrets(source.url)}`;
    case "nats":
      return `${source.bucket} ${source.prefix}> at ${source.servers.map(withoutSecrets).join(", ")}`;
  }
}

/** Users and passwords in URLs are nobody's business, and neither are tokens in their queries. */
function withoutSecrets(text: string): string {
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}
