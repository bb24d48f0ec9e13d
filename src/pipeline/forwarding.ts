/**
 * What upstreams are told of the client: X-Forwarded-*, Forwarded, Via and the request id. What the client
 * itself said of these is believed only when it is a trusted proxy.
 */
import { FIELD, FORGEABLE } from "../protocol/http/field-names.ts";
import {
  type AddedField,
  AddedFields,
  ForwardedClient,
  NO_ADDED_FIELDS,
  type OutboundRequest,
} from "../protocol/http/outbound-request.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import { givenRequestId, type RequestId } from "../protocol/http/request-id.ts";
import { isAcceptableId, type RequestIds } from "./request-id.ts";

/** One downstream connection, as upstreams see it. */
export interface ClientIdentity {
  readonly address: string;
  /** Whether it is in `settings.trusted_proxies`. */
  readonly trusted: boolean;
  readonly scheme: "http" | "https";
  /** What upstreams are told of it, unless it is itself a proxy that we trust. */
  readonly forwarded: ForwardedClient;
}

/** @param address as text; "" for the client of a Unix socket, which has none (RFC 7239 section 6.2: `unknown`) */
export function clientIdentity(address: string, trusted: boolean, scheme: "http" | "https"): ClientIdentity {
  return { address, trusted, scheme, forwarded: new ForwardedClient(address || "unknown", scheme) };
}

export interface ForwardingOptions {
  readonly via: boolean;
  readonly forwarded: boolean;
}

/** The id of this request: a trusted proxy's own if it is sound, else a new one. */
export function requestIdFor(head: RequestHead, client: ClientIdentity, ids: RequestIds): RequestId {
  if (client.trusted) {
    const given = head.fields.value(FIELD["x-request-id"]);
    if (given !== null && isAcceptableId(given)) return givenRequestId(given);
  }
  return ids();
}

/** @param target path and query to send, or null for those received */
export function outboundRequest(
  head: RequestHead,
  target: string | null,
  fallbackAuthority: string,
  client: ClientIdentity,
  requestId: RequestId,
  options: ForwardingOptions,
): OutboundRequest {
  return {
    head,
    target,
    fallbackAuthority,
    dropped: client.trusted ? REPLACED : FORGEABLE | MAX_FORWARDS,
    forwarded: client.trusted ? appended(head, client) : client.forwarded,
    forwardedHost: client.trusted ? head.fields.value(FIELD["x-forwarded-host"]) : null,
    requestId,
    added: addedFields(head, client, options),
  };
}

/** A trusted proxy's own word, with the proxy itself behind it. */
function appended(head: RequestHead, { forwarded }: ClientIdentity): ForwardedClient {
  const chain = head.fields.get("x-forwarded-for");
  const proto = head.fields.value(FIELD["x-forwarded-proto"]) ?? forwarded.proto;
  return new ForwardedClient(chain === null ? forwarded.address : `${chain}, ${forwarded.address}`, proto);
}

/** The common cases share one array each. */
function addedFields(head: RequestHead, client: ClientIdentity, options: ForwardingOptions): AddedFields {
  if (!options.forwarded && !head.fields.has(FIELD["max-forwards"])) {
    if (!options.via) return NO_ADDED_FIELDS;
    return viaOf(head);
  }
  const added: AddedField[] = [];
  if (options.via) added.push(...viaOf(head).fields);
  if (options.forwarded) added.push(["Forwarded", forwardedElement(head, client)]);
  const maxForwards = head.fields.value(FIELD["max-forwards"]);
  if (maxForwards !== null) added.push(["Max-Forwards", decremented(head, maxForwards)]);
  return new AddedFields(added);
}

/** RFC 9110 section 7.6.3: the version in which the request was received. */
function viaOf(head: RequestHead): AddedFields {
  if (head.majorVersion === 2) return VIA_2_0;
  return head.minorVersion === 1 ? VIA_1_1 : VIA_1_0;
}

/** RFC 7239 section 4; an IPv6 address is quoted and bracketed. */
function forwardedElement(head: RequestHead, client: ClientIdentity): string {
  const node = client.address.includes(":") ? `"[${client.address}]"` : client.forwarded.address;
  const authority = head.authority();
  const host = authority === "" ? "" : `;host=${/[^\w.-]/.test(authority) ? `"${authority}"` : authority}`;
  return `for=${node}${host};proto=${client.scheme}`;
}

/** Only OPTIONS (and TRACE, which is refused) count down (RFC 9110 section 7.6.2). */
function decremented(head: RequestHead, value: string): string {
  return head.maxForwards > 0 ? String(head.maxForwards - 1) : value;
}

const VIA_2_0 = new AddedFields([["Via", "2.0 portward"]]);
const VIA_1_1 = new AddedFields([["Via", "1.1 portward"]]);
const VIA_1_0 = new AddedFields([["Via", "1.0 portward"]]);
const MAX_FORWARDS = 1 << FIELD["max-forwards"];
/** Written anew even for a trusted proxy; its X-Real-IP and the like pass. */
const REPLACED =
  (1 << FIELD["x-forwarded-for"]) |
  (1 << FIELD["x-forwarded-proto"]) |
  (1 << FIELD["x-forwarded-host"]) |
  (1 << FIELD["x-request-id"]) |
  MAX_FORWARDS;
