/**
 * What upstreams are told of the client: X-Forwarded-*, Forwarded, Via and the request id. What the client
 * itself said of these is believed only when it is a trusted proxy.
 */
import { CLIENT_CERTIFICATE, FIELD, FORGEABLE } from "../protocol/http/field-names.ts";
import {
  type AddedField,
  AddedFields,
  ForwardedClient,
  NO_ADDED_FIELDS,
  type OutboundRequest,
} from "../protocol/http/outbound-request.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import { givenRequestId, type RequestId } from "../protocol/http/request-id.ts";
import { deadlineFields } from "./request-deadline.ts";
import { isAcceptableId, type RequestIds } from "./request-id.ts";
import type { SecureClient } from "./secure-client.ts";

/** One downstream connection, as upstreams see it. */
export interface ClientIdentity {
  readonly address: string;
  /** Whether it is in `settings.trusted_proxies`. */
  readonly trusted: boolean;
  readonly scheme: "http" | "https";
  /** Null: it speaks in the clear. */
  readonly secure: SecureClient | null;
  /** What upstreams are told of its certificate; mostly nothing. */
  readonly certificateFields: readonly AddedField[];
  /** What upstreams are told of it, unless it is itself a proxy that we trust. */
  readonly forwarded: ForwardedClient;
}

/** @param address as text; "" for the client of a Unix socket, which has none (RFC 7239 section 6.2: `unknown`) */
export function clientIdentity(
  address: string,
  trusted: boolean,
  secure: SecureClient | null,
): ClientIdentity {
  const scheme = secure === null ? "http" : "https";
  const forwarded = new ForwardedClient(address || "unknown", scheme);
  return { address, trusted, scheme, secure, certificateFields: certificateFields(secure), forwarded };
}

/** RFC 9440 section 2.2, and the same in words that a configuration can match. */
function certificateFields(secure: SecureClient | null): readonly AddedField[] {
  if (secure === null || secure.certificate === null) return NO_FIELDS;
  const { encoded, subject, san } = secure.certificate;
  return [
    ["Client-Cert", `:${encoded}:`],
    ["X-Client-Cert-Subject", subject],
    ["X-Client-Cert-San", san],
  ];
}

export interface ForwardingOptions {
  readonly via: boolean;
  readonly forwarded: boolean;
  /** In lower case; null for none. */
  readonly deadlineHeader: string | null;
}

/** The id of this request: a trusted proxy's own if it is sound, else a new one. */
export function requestIdFor(head: RequestHead, client: ClientIdentity, ids: RequestIds): RequestId {
  if (client.trusted) {
    const given = head.fields.value(FIELD["x-request-id"]);
    if (given !== null && isAcceptableId(given)) return givenRequestId(given);
  }
  return ids();
}

/**
 * @param target path and query to send, or null for those received
 * @param traceparent to tell in place of the client's, which has been taken out; null: as received
 * @param leftMs until the exchange has to be over; `Infinity`: for ever
 */
export function outboundRequest(
  head: RequestHead,
  target: string | null,
  fallbackAuthority: string,
  client: ClientIdentity,
  requestId: RequestId,
  options: ForwardingOptions,
  traceparent: string | null = null,
  leftMs: number = Number.POSITIVE_INFINITY,
): OutboundRequest {
  const deadline = deadlineFields(head, options.deadlineHeader, leftMs);
  return {
    head,
    target,
    fallbackAuthority,
    dropped: droppedOf(client),
    forwarded: client.trusted ? appended(head, client) : client.forwarded,
    forwardedHost: client.trusted ? head.fields.value(FIELD["x-forwarded-host"]) : null,
    requestId,
    added: withOwn(addedFields(head, client, options), traceparent, deadline),
  };
}

/** What a trusted proxy says of a certificate holds as long as it has not shown one of its own. */
function droppedOf({ trusted, certificateFields: own }: ClientIdentity): number {
  if (!trusted) return FORGEABLE | MAX_FORWARDS;
  return own.length === 0 ? REPLACED : REPLACED | CLIENT_CERTIFICATE;
}

/** A trusted proxy's own word, with the proxy itself behind it. */
function appended(head: RequestHead, { forwarded }: ClientIdentity): ForwardedClient {
  const chain = head.fields.get("x-forwarded-for");
  const proto = head.fields.value(FIELD["x-forwarded-proto"]) ?? forwarded.proto;
  return new ForwardedClient(chain === null ? forwarded.address : `${chain}, ${forwarded.address}`, proto);
}

/** The common cases share one array each. */
function addedFields(head: RequestHead, client: ClientIdentity, options: ForwardingOptions): AddedFields {
  const own = client.certificateFields;
  if (!options.forwarded && own.length === 0 && !head.fields.has(FIELD["max-forwards"])) {
    if (!options.via) return NO_ADDED_FIELDS;
    return viaOf(head);
  }
  const added: AddedField[] = [...own];
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

function withOwn(
  added: AddedFields,
  traceparent: string | null,
  deadline: readonly AddedField[],
): AddedFields {
  if (traceparent === null && deadline.length === 0) return added;
  const trace: readonly AddedField[] = traceparent === null ? [] : [["Traceparent", traceparent]];
  return new AddedFields([...added.fields, ...trace, ...deadline]);
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
const NO_FIELDS: readonly AddedField[] = [];
const MAX_FORWARDS = 1 << FIELD["max-forwards"];
/** Written anew even for a trusted proxy; its X-Real-IP and the like pass. */
const REPLACED =
  (1 << FIELD["x-forwarded-for"]) |
  (1 << FIELD["x-forwarded-proto"]) |
  (1 << FIELD["x-forwarded-host"]) |
  (1 << FIELD["x-request-id"]) |
  MAX_FORWARDS;
