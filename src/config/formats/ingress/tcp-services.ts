/** The ConfigMap `tcp-services` of the nginx controller: `"5432": "shop/postgres:5432"`. */
import { quoted } from "../../diagnostics/wording.ts";
import type { KubernetesObject } from "../kubernetes/objects.ts";
import { serviceUpstreamName } from "../kubernetes/services.ts";
import type { BackendSurroundings } from "./backends.ts";

export function readTcpServices(
  object: KubernetesObject,
  { fields, services, builder, findings }: BackendSurroundings,
): void {
  const data = fields.map(object.root, "data");
  for (const port of data?.entries.keys() ?? []) {
    const node = fields.value(data!, port);
    const text = fields.text(data!, port);
    if (node === undefined || text === null) continue;
    const [, namespace, name, target, proxy = ""] = SERVICE.exec(text) ?? [];
    if (!/^[0-9]{1,5}$/.test(port) || name === undefined) {
      findings.error("convert.value", node, `${quoted(`${port}: ${text}`)} is not a port and a service`);
      continue;
    }
    if (proxy.includes("PROXY")) {
      findings.note(
        "convert.not_carried",
        node,
        `port ${port} is not opened: the PROXY protocol is not carried over yet`,
      );
      continue;
    }
    const reference = { name, namespace: namespace!, port: target! };
    const address = services.addressOf(reference, node);
    if (address === null) continue;
    const upstream = builder.sharedUpstream(
      `tcp ${address}`,
      serviceUpstreamName(reference),
      [{ address, weight: 1 }],
      node,
    );
    // The controller gives up when nothing accepts; Portward would hold the client.
    const listen = [builder.listener(port, node)];
    builder.route({ kind: "tcp", listen, upstream, timeouts: {}, attempts: 1, from: node });
  }
}

const SERVICE = /^([^/]+)\/([^:]+):([^:]+)((?::(?:PROXY)?)*)$/;
