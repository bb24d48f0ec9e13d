/** PROXY headers are believed only from `trusted_proxies`: without any, a listener that takes them takes them from nobody. */
import { diagnose } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import { nodeAt } from "../source/config-node.ts";
import type { LintSubject } from "./subject.ts";

export function reportProxyHeaders({ listeners, listenerPlaces, settings, found }: LintSubject): void {
  const trusted = settings === null ? undefined : nodeAt(settings, ["trusted_proxies"]);
  if (trusted !== undefined && !(trusted.kind === "list" && trusted.items.length === 0)) return;
  for (const { name, address, proxyProtocol } of listeners) {
    if (proxyProtocol === "off" || address.kind === "unix") continue;
    const effect = proxyProtocol === "require" ? "nobody is served" : "no header is taken";
    const message = `${quoted(name)} has \`proxy_protocol: ${proxyProtocol}\`, and no proxy is trusted: ${effect}`;
    const suggestion = "name the load balancers in front in `settings.trusted_proxies`";
    found.add(diagnose("config.conflict", listenerPlaces.get(name)!, message, { suggestion }));
  }
}
