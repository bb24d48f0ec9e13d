/**
 * What must hold of a request beyond the grammar of its lines, and what follows from its fields: host,
 * framing, persistence, Expect, Upgrade. One pass over the known ids; other fields are not looked at.
 */
import { hostEnd } from "./authority.ts";
import { BAD_CONNECTION, equalsLower, OPTION, readConnection } from "./connection-options.ts";
import { FIELD_STRIDE, type FieldBlock } from "./field-block.ts";
import { FIELD } from "./field-names.ts";
import { BODY } from "./framing.ts";
import { COLON, LOWER } from "./grammar.ts";
import type { PeerFault } from "./peer-fault.ts";
import { type RequestHead, TARGET_FORM } from "./request-head.ts";
import { requestFault, type Violation } from "./violation.ts";

/** Completes `head` from its fields; the first rule that it breaks, or null. */
export function completeRequest(head: RequestHead): Violation | null {
  if (head.fields.hasLowLine && hasTwins(head.fields)) return requestFault("fieldAlias");
  const options = readConnection(head.fields);
  if (options === BAD_CONNECTION) return requestFault("connection");
  const hostFault = completeHost(head);
  if (hostFault !== null) return requestFault(hostFault);
  head.framing.read(head.fields, head.minorVersion);
  if (head.framing.fault !== null) return requestFault(head.framing.fault);
  completeConnection(head, options);
  return checkExpect(head);
}

/** Whether two different names become the same CGI variable: the upstream might read either. */
function hasTwins(fields: FieldBlock): boolean {
  const spellings = new Map<string, string>();
  for (let field = 0; field < fields.count; field++) {
    const name = fields.nameAt(field).toLowerCase();
    const variable = name.replaceAll("-", "_");
    const other = spellings.get(variable);
    if (other !== undefined && other !== name && fields.table[field * FIELD_STRIDE + 4] !== FIELD.alias)
      return true;
    spellings.set(variable, name);
  }
  return false;
}

function completeHost(head: RequestHead): PeerFault | null {
  const { fields } = head;
  const at = fields.find(FIELD.host);
  if (at < 0) return head.minorVersion === 0 ? null : "hostMissing";
  if (hasAnother(head, at, FIELD.host)) return "hostRepeated";
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
  return Number(bytes.toString("latin1", colon + 1, end));
}

function hasAnother(head: RequestHead, first: number, id: number): boolean {
  const { table, count } = head.fields;
  for (let at = first + FIELD_STRIDE; at < count * FIELD_STRIDE; at += FIELD_STRIDE) {
    if (table[at + 4] === id) return true;
  }
  return false;
}

/** Persistence of RFC 9112 section 9.3, Upgrade of RFC 9110 section 7.8, TE of section 10.1.4. */
function completeConnection(head: RequestHead, options: number): void {
  const close = (options & OPTION.close) !== 0;
  head.keepAlive = !close && (head.minorVersion === 1 || (options & OPTION.keepAlive) !== 0);
  if ((options & OPTION.te) !== 0) head.acceptsTrailers = hasTrailersCoding(head);
  if ((options & OPTION.upgrade) === 0 || !head.fields.has(FIELD.upgrade)) return;
  head.upgrade = head.minorVersion === 1 && head.framing.kind === BODY.none && isForwardable(head);
}

/**
 * An upgrade to another version of HTTP would let requests pass unseen (h2c smuggling), TLS likewise;
 * ignoring an Upgrade is always legal.
 */
function isForwardable(head: RequestHead): boolean {
  const protocols = head.fields.get("upgrade")!.toLowerCase();
  return protocols !== "" && !/(^|[\s,])(h2c?|http|tls)([\s,/]|$)/.test(protocols);
}

function hasTrailersCoding(head: RequestHead): boolean {
  const value = head.fields.get("te");
  return value !== null && /(^|[\s,])trailers([\s,;]|$)/i.test(value);
}

/** RFC 9110 section 10.1.1; an HTTP/1.0 client's 100-continue is to be ignored. */
function checkExpect(head: RequestHead): Violation | null {
  const at = head.fields.find(FIELD.expect);
  if (at < 0) return null;
  const start = head.fields.table[at + 2]!;
  const isContinue =
    head.fields.table[at + 3]! - start === CONTINUE.length && equalsLower(head.fields.bytes, start, CONTINUE);
  if (!isContinue || hasAnother(head, at, FIELD.expect)) return { code: "request.expectation", rule: null };
  head.expectContinue = head.minorVersion === 1 && head.framing.kind !== BODY.none;
  return null;
}

const CONTINUE = "100-continue";
