/** TCPRoutes: one tcp route per listener. */
import { quoted } from "../../diagnostics/wording.ts";
import type { KubernetesObject } from "../kubernetes/objects.ts";
import { spanOf } from "../tree/span.ts";
import { attachedListeners } from "./attach.ts";
import { type BackendSurroundings, readBackends } from "./backends.ts";
import type { GatewayListener } from "./listeners.ts";

export function convertTcpRoutes(
  routes: readonly KubernetesObject[],
  listeners: readonly GatewayListener[],
  around: BackendSurroundings,
): void {
  const { fields, builder, findings } = around;
  const taken = new Map<string, KubernetesObject>();
  for (const route of routes) {
    const attached = attachedListeners(route, "tcp", listeners, around);
    const [rule, ...more] = fields.list(route.spec ?? undefined, "rules");
    for (const other of more) fields.leaveOut(other);
    for (const other of more)
      findings.note("convert.not_carried", other, "a TCPRoute has one rule; this one was left out");
    const upstream = rule === undefined ? null : readBackends(route, rule, "tcp", around);
    if (upstream === null) {
      findings.note(
        "convert.not_carried",
        rule ?? route.root,
        `${quoted(route.name)} was left out: it has no backend`,
      );
      continue;
    }
    const open = attached.filter(({ port }) => {
      const first = taken.get(port);
      if (first === undefined) taken.set(port, route);
      else noteTaken(route, first, port, around);
      return first === undefined;
    });
    if (open.length === 0) continue;
    const listen = open.map(({ port, node }) => builder.listener(port, spanOf(node)));
    const from = spanOf(route.root);
    // What the API says of a backend that is down is left to implementations; none holds the client.
    builder.route({ kind: "tcp", listen, upstream, timeouts: {}, attempts: 1, from });
  }
}

/** Of several routes of one listener the oldest is taken; the files do not always say which that is. */
function noteTaken(
  route: KubernetesObject,
  first: KubernetesObject,
  port: string,
  { findings }: BackendSurroundings,
): void {
  const message = `port ${port} belongs to the TCPRoute ${quoted(first.name)}, which comes first`;
  findings.note("convert.unreachable", route.root, message);
}
