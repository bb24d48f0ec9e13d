/** `backendRefs`: services with weights as one upstream. */
import { quoted } from "../../diagnostics/wording.ts";
import type { ConfigNode } from "../../source/config-node.ts";
import type { TargetDraft } from "../draft/document-draft.ts";
import type { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import type { KubernetesObject } from "../kubernetes/objects.ts";
import { type ServiceReference, type Services, serviceUpstreamName } from "../kubernetes/services.ts";
import type { FieldReader } from "../tree/field-reader.ts";
import { spanOf } from "../tree/span.ts";

export interface BackendSurroundings {
  readonly fields: FieldReader;
  readonly services: Services;
  readonly builder: DraftBuilder;
  readonly findings: Findings;
  readonly grants: readonly KubernetesObject[];
}

/** The upstream of a rule. Null: it has nowhere to send to, or there was an error. */
export function readBackends(
  route: KubernetesObject,
  rule: ConfigNode,
  protocol: "http" | "tcp",
  around: BackendSurroundings,
): string | null {
  const { fields, builder, findings } = around;
  const refs = fields.list(rule, "backendRefs");
  const found = refs.flatMap((ref) => readBackend(route, ref, around) ?? []);
  if (found.length === 0 || found.every(({ weight }) => weight === 0)) return null;
  const [only, ...more] = found;
  const prefix = protocol === "tcp" ? "tcp " : "";
  if (more.length === 0 && only!.weight > 0) {
    const name = serviceUpstreamName(only!.reference);
    return builder.sharedUpstream(
      prefix + only!.address,
      name,
      [{ address: only!.address, weight: 1 }],
      refs[0]!,
    );
  }
  const targets: TargetDraft[] = found.map(({ address, weight }) => ({ address, weight }));
  if (new Set(targets.map(({ address }) => address)).size < targets.length) {
    findings.note("convert.differs", rule, "a service is named twice; its weights add up");
  }
  return builder.upstream(route.name, merged(targets), null, spanOf(rule));
}

interface Backend {
  readonly reference: ServiceReference;
  readonly address: string;
  readonly weight: number;
}

function readBackend(
  route: KubernetesObject,
  ref: ConfigNode,
  { fields, services, grants, findings }: BackendSurroundings,
): Backend | null {
  const kind = fields.text(ref, "kind") ?? "Service";
  const group = fields.text(ref, "group") ?? "";
  const name = fields.text(ref, "name") ?? "";
  const namespace = fields.text(ref, "namespace") ?? route.namespace;
  const port = fields.text(ref, "port");
  const weight = fields.integer(ref, "weight") ?? 1;
  const filters = fields.value(ref, "filters");
  if (filters !== undefined) {
    fields.leaveOut(filters);
    findings.note("convert.not_carried", filters, "filters of one backend are not carried over");
  }
  if (kind !== "Service" || group !== "") {
    findings.note(
      "convert.not_carried",
      ref,
      `a backend of kind ${quoted(kind)} was left out: only services are sent to`,
    );
    return null;
  }
  if (port === null) {
    findings.error("convert.value", ref, `the service ${quoted(name)} has no port`);
    return null;
  }
  if (namespace !== route.namespace && !grants.some((grant) => grant.namespace === namespace)) {
    const message = `no ReferenceGrant in these files lets this route into the namespace ${quoted(namespace)}; it is sent there all the same`;
    findings.note("convert.differs", ref, message);
  }
  const reference = { name, namespace, port };
  const address = services.addressOf(reference, ref);
  return address === null ? null : { reference, address, weight };
}

function merged(targets: readonly TargetDraft[]): TargetDraft[] {
  const byAddress = new Map<string, number>();
  for (const { address, weight } of targets) byAddress.set(address, (byAddress.get(address) ?? 0) + weight);
  return [...byAddress].map(([address, weight]) => ({ address, weight }));
}
