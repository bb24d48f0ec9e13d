/** Strict-Transport-Security on answers of a listener whose `https_only` asks for it. */
import { AddedFields, NO_ADDED_FIELDS } from "../protocol/http/outbound-request.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";

/** RFC 6797 section 8.1: of two such fields only the first counts; an upstream that sets its own knows better. */
export function withTransportSecurity(
  head: ResponseHead,
  added: AddedFields,
  hsts: AddedFields | null,
): AddedFields {
  if (hsts === null || head.fields.get("strict-transport-security") !== null) return added;
  return added === NO_ADDED_FIELDS ? hsts : new AddedFields([...added.fields, ...hsts.fields]);
}
