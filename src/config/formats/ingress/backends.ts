/** `backend.service` of a path, as an upstream. */
import { quoted } from "../../diagnostics/wording.ts";
import type { ConfigNode, MapNode } from "../../source/config-node.ts";
import type { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import type { KubernetesObject } from "../kubernetes/objects.ts";
import { type Services, serviceUpstreamName } from "../kubernetes/services.ts";
import type { FieldReader } from "../tree/field-reader.ts";

export interface BackendSurroundings {
  readonly fields: FieldReader;
  readonly services: Services;
  readonly builder: DraftBuilder;
  readonly findings: Findings;
}

/** The upstream's name; null after an error. */
export function backendUpstream(
  backend: MapNode | null,
  place: ConfigNode,
  { namespace }: KubernetesObject,
  { fields, services, builder, findings }: BackendSurroundings,
): string | null {
  const service = fields.map(backend ?? undefined, "service");
  const name = fields.text(service ?? undefined, "name");
  if (service === null || name === null) {
    const message = "a path has a `backend.service` with a name; nothing else can be sent to";
    findings.error("convert.value", backend ?? place, message);
    return null;
  }
  const portMap = fields.map(service, "port") ?? undefined;
  const port = fields.text(portMap, "number") ?? fields.text(portMap, "name");
  if (port === null) {
    findings.error("convert.value", service, `the service ${quoted(name)} has no port`);
    return null;
  }
  const reference = { name, namespace, port };
  const address = services.addressOf(reference, service);
  if (address === null) return null;
  const targets = [{ address, weight: 1 }];
  return builder.sharedUpstream(address, serviceUpstreamName(reference), targets, service);
}
