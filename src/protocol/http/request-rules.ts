/**
 * What must hold of a request beyond the grammar of its lines, and what follows from its fields: host,
 * framing, persistence, Expect, Upgrade. Only fields with an id are looked at.
 */
import { hostEnd } from "./authority.ts";
import { BAD_CONNECTION, equalsLower, OPTION, readConnection } from "./connection-options.ts";
import type { FieldBlock } from "./field-block.ts";
import { FIELD } from "./field-names.ts";
import { BODY, type BodyKind, decimal } from "./framing.ts";
import { COLON, LOWER } from "./grammar.ts";
import type { PeerFault } from "./peer-fault.ts";
import { type RequestHead, TARGET_FORM } from "./request-head.ts";
import { requestFault, type Violation } from "./violation.ts";

/**
 * Completes `head` from its fields; the first rule that it breaks, or null.
 * @param unframed how long a body is of which no field speaks: there is none in HTTP/1, and frames tell in HTTP/2
 */
export function completeRequest(head: RequestHead, unframed: BodyKind = BODY.none): Violation | null {
  const { fields, framing } = head;
  if (fields.hasLowLine && isAmbiguous(fields)) return requestFault("fieldAlias");
  const options = readConnection(fields);
  if (options === BAD_CONNECTION) return requestFault("connection");
  const hostFault = completeHost(head);
  if (hostFault !== null) return requestFault(hostFault);
  framing.read(fields, head.minorVersion);
  if (framing.fault !== null) return requestFault(framing.fault);
  if (framing.kind === BODY.none) framing.kind = unframed;
  completeConnection(head, options);
  return (fields.present & RARE) === 0 ? null : completeRare(head);
}

/** Whether an upstream that makes CGI variables of fields might read one field as another. */
function isAmbiguous(fields: FieldBlock): boolean {
  if (fields.has(FIELD.framingAlias)) return true;
  const spellings = new Map<string, string>();
  for (let field = 0; field < fields.count; field++) {
    // This one is dropped, so it meets no other.
    if (fields.idAt(field) === FIELD.forgedAlias) continue;
    const name = fields.nameAt(field).toLowerCase();
    const variable = name.replaceAll("-", "_");
    if ((spellings.get(variable) ?? name) !== name) return true;
    spellings.set(variable, name);
  }
  return false;
}

function completeHost(head: RequestHead): PeerFault | null {
  const { fields } = head;
  const at = fields.find(FIELD.host);
  if (at < 0) return head.minorVersion === 0 ? null : "hostMissing";
  if (fields.isRepeated(FIELD.host)) return "hostRepeated";
  const start = fields.table[at + 2]!;
  const end = fields.table[at + 3]!;
  const afterHost = hostEnd(fields.bytes, start, end);
  if (afterHost < 0) return "host";
  if (head.targetForm !== TARGET_FORM.absolute) {
    head.authorityStart = start;
    head.hostEnd = afterHost;
    head.authorityEnd = end;
    return null;
  }
  return sameAuthority(head, start, afterHost, end) ? null : "hostMismatch";
}

/**
 * RFC 9112 section 3.2.2 lets a recipient prefer the target and drop Host; an upstream might not, so we
 * refuse the pair. A default port that only one of them writes out is no disagreement.
 */
function sameAuthority(head: RequestHead, start: number, hostEndAt: number, end: number): boolean {
  const bytes = head.fields.bytes;
  const length = hostEndAt - start;
  if (length !== head.hostEnd - head.authorityStart) return false;
  for (let i = 0; i < length; i++) {
    if (LOWER[bytes[start + i]!] !== LOWER[bytes[head.authorityStart + i]!]) return false;
  }
  const fallback = head.isHttps ? 443 : 80;
  return port(bytes, hostEndAt, end, fallback) === port(bytes, head.hostEnd, head.authorityEnd, fallback);
}

function port(bytes: Buffer, colon: number, end: number, fallback: number): number {
  if (colon + 1 >= end || bytes[colon] !== COLON) return fallback;
  return decimal(bytes, colon + 1, end);
}

/** Persistence of RFC 9112 section 9.3, Upgrade of RFC 9110 section 7.8, TE of section 10.1.4. */
function completeConnection(head: RequestHead, options: number): void {
  const close = (options & OPTION.close) !== 0;
  head.keepAlive = !close && (head.minorVersion === 1 || (options & OPTION.keepAlive) !== 0);
  if ((options & OPTION.te) !== 0) head.acceptsTrailers = hasTrailersCoding(head.fields);
  if ((options & OPTION.upgrade) !== 0) completeUpgrade(head);
}

/** To ignore an Upgrade is always legal, and what we do with one that comes with a body or from HTTP/1.0. */
function completeUpgrade(head: RequestHead): void {
  const { fields } = head;
  if (head.minorVersion === 0 || head.framing.kind !== BODY.none || fields.isRepeated(FIELD.upgrade)) return;
  const protocols = fields.value(FIELD.upgrade)?.toLowerCase() ?? "";
  head.upgrade = PROTOCOLS.test(protocols) && !UNFORWARDABLE.test(protocols);
  if (head.upgrade) head.upgradeTo = protocols;
}

function hasTrailersCoding(fields: FieldBlock): boolean {
  const value = fields.get("te");
  return value !== null && /(^|[\s,])trailers([\s,;]|$)/i.test(value);
}

function completeRare(head: RequestHead): Violation | null {
  return completeMaxForwards(head) ?? completeExpect(head);
}

/** RFC 9110 section 7.6.2: it means something in OPTIONS, and in TRACE, which is not served. */
function completeMaxForwards(head: RequestHead): Violation | null {
  const { fields } = head;
  const at = fields.find(FIELD["max-forwards"]);
  if (at < 0 || head.method !== "OPTIONS") return null;
  const count = decimal(fields.bytes, fields.table[at + 2]!, fields.table[at + 3]!);
  if (count < 0 || fields.isRepeated(FIELD["max-forwards"])) return requestFault("maxForwards");
  head.maxForwards = Math.min(count, Number.MAX_SAFE_INTEGER);
  return null;
}

/** RFC 9110 section 10.1.1; an HTTP/1.0 client's 100-continue is to be ignored, and so is one without a body. */
function completeExpect(head: RequestHead): Violation | null {
  const { fields, framing } = head;
  const at = fields.find(FIELD.expect);
  if (at < 0) return null;
  const start = fields.table[at + 2]!;
  const isContinue =
    fields.table[at + 3]! - start === CONTINUE.length && equalsLower(fields.bytes, start, CONTINUE);
  if (!isContinue || fields.isRepeated(FIELD.expect)) return { code: "request.expectation", rule: null };
  head.expectContinue =
    head.minorVersion === 1 && (framing.kind === BODY.chunked || framing.contentLength > 0);
  return null;
}

const RARE = (1 << FIELD.expect) | (1 << FIELD["max-forwards"]);
const CONTINUE = "100-continue";
/** 1#( token [ "/" token ] ), in lower case. */
const PROTOCOLS =
  /^[!#$%&'*+.^_`|~0-9a-z-]+(\/[!#$%&'*+.^_`|~0-9a-z-]+)?([ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9a-z-]+(\/[!#$%&'*+.^_`|~0-9a-z-]+)?)*$/;
/** Another version of HTTP would let requests pass unseen (h2c smuggling), TLS likewise. */
const UNFORWARDABLE = /(^|[\s,])(h2c?|http|tls)([\s,/]|$)/;
