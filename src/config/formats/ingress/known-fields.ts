/** The fields of an Ingress, for what is left over at the end. */
import type { KnownFields } from "../kubernetes/unread-fields.ts";

export const INGRESS_FIELDS: KnownFields = {
  carried: new Set([
    ...[
      "apiVersion",
      "kind",
      "metadata",
      "name",
      "namespace",
      "annotations",
      "spec",
      "rules",
      "host",
      "http",
    ],
    ...["paths", "path", "pathType", "backend", "service", "port", "number", "defaultBackend", "tls"],
    ...["ingressClassName", "data"],
  ]),
  notCarried: new Map([["resource", "a backend that is not a service cannot be sent to"]]),
};
