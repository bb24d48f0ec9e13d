/** The Gateway API: Gateways, HTTPRoutes and TCPRoutes. */
import { placeAt } from "../../source/source-text.ts";
import type { ConvertFormat, ForeignInput } from "../convert-format.ts";
import type { DocumentDraft } from "../draft/document-draft.ts";
import { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import { noteObject, readObjects } from "../kubernetes/objects.ts";
import { Services } from "../kubernetes/services.ts";
import { reportUnreadFields } from "../kubernetes/unread-fields.ts";
import { FieldReader } from "../tree/field-reader.ts";
import { convertHttpRoutes } from "./http-routes.ts";
import { GATEWAY_FIELDS } from "./known-fields.ts";
import { readGateways } from "./listeners.ts";
import { convertTcpRoutes } from "./tcp-routes.ts";

export const gatewayApi = {
  name: "gateway-api",
  description: "Kubernetes manifests: Gateway, HTTPRoute, TCPRoute, with Services if there are any",
  read: async (input: ForeignInput, findings: Findings) => readGatewayApi(input, findings),
} satisfies ConvertFormat;

function readGatewayApi({ sources }: ForeignInput, findings: Findings): readonly DocumentDraft[] {
  const fields = new FieldReader(findings);
  const objects = readObjects(sources, fields, findings);
  const services = new Services(objects, fields, findings);
  const builder = new DraftBuilder();
  builder.begin(null, placeAt(sources[0]!, 0));
  const ofKind = (...kinds: readonly string[]) => objects.filter(({ kind }) => kinds.includes(kind));
  const listeners = readGateways(ofKind("Gateway"), fields, findings);
  const around = { fields, services, builder, findings, grants: ofKind("ReferenceGrant") };
  convertHttpRoutes(ofKind("HTTPRoute"), listeners, around);
  convertTcpRoutes(ofKind("TCPRoute"), listeners, around);
  for (const object of objects) {
    if (object.kind === "Service" || CARRIED.includes(object.kind)) continue;
    if (object.kind === "ReferenceGrant") {
      findings.note(
        "convert.not_needed",
        object.root,
        "the ReferenceGrant was read; nothing has to be granted here",
      );
      continue;
    }
    noteObject(object, "this conversion reads Gateway, HTTPRoute, TCPRoute and Service", findings);
  }
  reportUnreadFields(ofKind(...CARRIED), fields, GATEWAY_FIELDS, findings);
  return builder.documents();
}

const CARRIED = ["Gateway", "HTTPRoute", "TCPRoute"];
