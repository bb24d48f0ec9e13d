/** Gateways with their listeners, and which of them a route attaches to, under which names. */
import { quoted } from "../../diagnostics/wording.ts";
import type { ConfigNode } from "../../source/config-node.ts";
import { parseHostPattern } from "../../values/host-pattern.ts";
import type { Findings } from "../findings.ts";
import type { KubernetesObject } from "../kubernetes/objects.ts";
import type { FieldReader } from "../tree/field-reader.ts";

export interface GatewayListener {
  readonly gateway: KubernetesObject;
  readonly name: string;
  readonly protocol: "http" | "tcp";
  readonly port: string;
  /** Null: any. */
  readonly hostname: string | null;
  /** Namespaces whose routes may attach; null: all, as far as these files tell. */
  readonly namespace: string | null;
  readonly node: ConfigNode;
}

export function readGateways(
  gateways: readonly KubernetesObject[],
  fields: FieldReader,
  findings: Findings,
): readonly GatewayListener[] {
  return gateways.flatMap((gateway) => {
    const spec = gateway.spec ?? undefined;
    const className = fields.value(spec, "gatewayClassName");
    if (className !== undefined) {
      findings.note(
        "convert.not_needed",
        className,
        "`gatewayClassName` was left out: it chooses the implementation",
      );
    }
    return fields
      .list(spec, "listeners")
      .flatMap((node) => readListener(gateway, node, fields, findings) ?? []);
  });
}

function readListener(
  gateway: KubernetesObject,
  node: ConfigNode,
  fields: FieldReader,
  findings: Findings,
): GatewayListener | null {
  const name = fields.text(node, "name") ?? "";
  const protocol = protocolOf(node, fields, findings);
  const port = fields.text(node, "port");
  const hostname = fields.text(node, "hostname");
  const namespace = namespaceOf(gateway, node, fields, findings);
  if (protocol === null) return null;
  if (port === null || !/^[0-9]{1,5}$/.test(port)) {
    findings.error("convert.value", node, "a listener has a port");
    return null;
  }
  const pattern = hostname === null || hostname === "" ? null : parseHostPattern(hostname);
  if (pattern !== null && !pattern.ok) {
    findings.error("convert.value", fields.value(node, "hostname")!, pattern.error.message);
    return null;
  }
  return {
    gateway,
    name,
    protocol,
    port,
    hostname: pattern === null ? null : pattern.value,
    namespace,
    node,
  };
}

function protocolOf(node: ConfigNode, fields: FieldReader, findings: Findings): "http" | "tcp" | null {
  const word = fields.text(node, "protocol");
  const tls = fields.value(node, "tls");
  const place = fields.value(node, "protocol") ?? node;
  if (word === "HTTP") return "http";
  if (word === "TCP") return "tcp";
  if (word === "HTTPS") {
    const message = "TLS is not carried over yet; this listener speaks without it";
    if (tls !== undefined) fields.leaveOut(tls);
    findings.note("convert.not_carried", tls ?? place, message);
    return "http";
  }
  fields.leaveOut(node);
  const message = `nothing listens here: ${quoted(word ?? "")} is not carried over yet`;
  findings.note("convert.not_carried", place, message);
  return null;
}

/** The default of the API: routes of the Gateway's own namespace. */
function namespaceOf(
  gateway: KubernetesObject,
  node: ConfigNode,
  fields: FieldReader,
  findings: Findings,
): string | null {
  const allowed = fields.map(node, "allowedRoutes") ?? undefined;
  const namespaces = fields.map(allowed, "namespaces") ?? undefined;
  const from = fields.text(namespaces, "from") ?? "Same";
  const kinds = fields.value(allowed, "kinds");
  if (kinds !== undefined) {
    fields.leaveOut(kinds);
    findings.note(
      "convert.differs",
      kinds,
      "`allowedRoutes.kinds` is not looked at: routes attach by protocol",
    );
  }
  if (from === "Same") return gateway.namespace;
  if (from === "All") return null;
  const message = "which namespaces a selector means is not in these files; routes of all of them attach";
  findings.note("convert.differs", fields.value(namespaces, "from") ?? node, message);
  const selector = fields.value(namespaces, "selector");
  if (selector !== undefined) fields.leaveOut(selector);
  return null;
}
