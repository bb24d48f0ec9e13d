/** `parentRefs` and `hostnames`: on which listeners a route serves which names. */
import { quoted } from "../../diagnostics/wording.ts";
import type { ConfigNode } from "../../source/config-node.ts";
import { parseHostPattern } from "../../values/host-pattern.ts";
import type { Findings } from "../findings.ts";
import type { KubernetesObject } from "../kubernetes/objects.ts";
import type { FieldReader } from "../tree/field-reader.ts";
import type { GatewayListener } from "./listeners.ts";

export interface AttachSurroundings {
  readonly fields: FieldReader;
  readonly findings: Findings;
}

/** The listeners that a route's `parentRefs` name; what it may not attach to is told. */
export function attachedListeners(
  route: KubernetesObject,
  protocol: GatewayListener["protocol"],
  all: readonly GatewayListener[],
  around: AttachSurroundings,
): readonly GatewayListener[] {
  const { fields, findings } = around;
  const found = new Set<GatewayListener>();
  for (const ref of fields.list(route.spec ?? undefined, "parentRefs")) {
    for (const listener of byReference(ref, route, protocol, all, around)) found.add(listener);
  }
  if (found.size === 0) {
    findings.note(
      "convert.unreachable",
      route.root,
      `${route.kind} ${quoted(route.name)} was left out: it attaches to no listener`,
    );
  }
  return [...found];
}

/** The names under which a route is reached on a listener; an empty list is any, null none. */
export function namesOn(listener: GatewayListener, hostnames: readonly string[]): readonly string[] | null {
  const { hostname } = listener;
  if (hostname === null) return hostnames;
  if (hostnames.length === 0) return [hostname];
  const names = hostnames.flatMap((name) => {
    if (covers(hostname, name)) return [name];
    return covers(name, hostname) ? [hostname] : [];
  });
  return names.length === 0 ? null : [...new Set(names)];
}

/** Native patterns. */
export function readHostnames(
  route: KubernetesObject,
  fields: FieldReader,
  findings: Findings,
): readonly string[] {
  return fields.list(route.spec ?? undefined, "hostnames").flatMap((node) => {
    const pattern = parseHostPattern(fields.textOf(node) ?? "");
    if (pattern.ok) return [pattern.value];
    findings.error("convert.value", node, pattern.error.message);
    return [];
  });
}

function byReference(
  ref: ConfigNode,
  route: KubernetesObject,
  protocol: GatewayListener["protocol"],
  all: readonly GatewayListener[],
  { fields, findings }: AttachSurroundings,
): readonly GatewayListener[] {
  const kind = fields.text(ref, "kind") ?? "Gateway";
  fields.text(ref, "group");
  const name = fields.text(ref, "name") ?? "";
  const namespace = fields.text(ref, "namespace") ?? route.namespace;
  const section = fields.text(ref, "sectionName");
  const port = fields.text(ref, "port");
  if (kind !== "Gateway") {
    findings.note("convert.not_carried", ref, `routes of a ${quoted(kind)} are not carried over`);
    return [];
  }
  const ofGateway = all.filter(({ gateway }) => gateway.name === name && gateway.namespace === namespace);
  if (ofGateway.length === 0) {
    const message = `there is no Gateway ${quoted(name)} in the namespace ${quoted(namespace)} in these files`;
    findings.error("convert.reference", ref, message, { suggestion: "give its file as well" });
    return [];
  }
  const meant = ofGateway
    .filter((listener) => listener.protocol === protocol)
    .filter((listener) => section === null || listener.name === section)
    .filter((listener) => port === null || listener.port === port);
  return allowedAmong(meant, ref, route, findings);
}

/** Without the listeners that take routes of their own namespace only, which are told. */
function allowedAmong(
  meant: readonly GatewayListener[],
  ref: ConfigNode,
  route: KubernetesObject,
  findings: Findings,
): readonly GatewayListener[] {
  const isClosed = ({ namespace }: GatewayListener) => namespace !== null && namespace !== route.namespace;
  const closed = meant.filter(isClosed);
  if (closed.length > 0) {
    const names = closed.map((listener) => quoted(listener.name)).join(", ");
    const message = `${names} of the Gateway ${quoted(closed[0]!.gateway.name)} takes routes of its own namespace only`;
    findings.note("convert.unreachable", ref, message);
  }
  return meant.filter((listener) => !isClosed(listener));
}

/** `*.example.org` covers `a.example.org` and `*.a.example.org`. */
function covers(pattern: string, name: string): boolean {
  return pattern === name || (pattern.startsWith("*.") && name.endsWith(pattern.slice(1)));
}
