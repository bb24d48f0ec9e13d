/**
 * Reads what a proxy needs of a ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2): the name that is
 * asked for, the protocols on offer, the versions, and whether an ECDSA certificate can be taken. Nothing is kept
 * and nothing is answered; whoever terminates TLS reads the same bytes again, and has the last word.
 */
import { Cursor } from "./cursor.ts";

export interface ClientHello {
  /** In lower case, without the root's dot; null when none is asked for. */
  readonly serverName: string | null;
  /** As offered, in the client's order. */
  readonly alpn: readonly string[];
  /** The highest version that is offered and known: 0x0304 is TLS 1.3. */
  readonly highestVersion: number;
  /** Whether the client takes a certificate with an ECDSA key. */
  readonly ecdsa: boolean;
}

/** The sins of a ClientHello, by name. */
export type HelloFault = "notTls" | "tooLarge" | "malformed" | "serverName";

/** @param body of the handshake message, without its header of four bytes */
export function parseClientHello(body: Uint8Array): ClientHello | HelloFault {
  const cursor = new Cursor(body, 0, body.length);
  const legacyVersion = cursor.uint16();
  cursor.skip(RANDOM_BYTES);
  cursor.skip(cursor.uint8());
  const suites = cursor.part(cursor.uint16());
  cursor.skip(cursor.uint8());
  if (cursor.overrun || suites.length % 2 !== 0) return "malformed";
  const draft = { serverName: null, alpn: NOTHING, versions: [legacyVersion], schemes: null };
  const fault = cursor.atEnd ? null : readExtensions(cursor, draft);
  return fault ?? helloOf(draft, offersEcdsaSuite(suites));
}

interface Draft {
  serverName: string | null;
  alpn: readonly string[];
  versions: readonly number[];
  /** Null without the extension. */
  schemes: readonly number[] | null;
}

function helloOf({ serverName, alpn, versions, schemes }: Draft, ecdsaSuite: boolean): ClientHello {
  const known = versions.filter((version) => version >= TLS_1_0 && version <= TLS_1_3);
  const highestVersion = known.length === 0 ? 0 : Math.max(...known);
  // Without the extension a client of TLS 1.2 takes SHA-1 with anything (RFC 5246 section 7.4.1.4.1); few are left.
  const ecdsaScheme = schemes?.some((scheme) => ECDSA_SCHEMES.has(scheme)) ?? false;
  return {
    serverName,
    alpn,
    highestVersion,
    ecdsa: ecdsaScheme && (highestVersion >= TLS_1_3 || ecdsaSuite),
  };
}

/** TLS 1.3 has taken the key's kind out of the suite; before it, a suite of the kind must be on offer. */
function offersEcdsaSuite(suites: Cursor): boolean {
  while (!suites.atEnd) if (ECDSA_SUITES.has(suites.uint16())) return true;
  return false;
}

function readExtensions(cursor: Cursor, draft: Draft): HelloFault | null {
  const extensions = cursor.part(cursor.uint16());
  if (cursor.overrun || !cursor.atEnd) return "malformed";
  const seen = new Set<number>();
  while (!extensions.atEnd) {
    const type = extensions.uint16();
    const extension = extensions.part(extensions.uint16());
    // RFC 8446 section 4.2: no extension comes twice. Two names would be read as either by somebody.
    if (extensions.overrun || seen.has(type)) return "malformed";
    seen.add(type);
    const fault = readExtension(type, extension, draft);
    if (fault !== null) return fault;
  }
  return null;
}

function readExtension(type: number, extension: Cursor, draft: Draft): HelloFault | null {
  switch (type) {
    case EXTENSION.serverName:
      return readServerName(extension, draft);
    case EXTENSION.alpn:
      return readAlpn(extension, draft);
    case EXTENSION.supportedVersions:
      return readNumbers(extension, extension.uint8(), (versions) => {
        draft.versions = versions;
      });
    case EXTENSION.signatureAlgorithms:
      return readNumbers(extension, extension.uint16(), (schemes) => {
        draft.schemes = schemes;
      });
    default:
      return null;
  }
}

/** RFC 6066 section 3: a list with at most one name of each kind, and there is but one kind. */
function readServerName(extension: Cursor, draft: Draft): HelloFault | null {
  const list = extension.part(extension.uint16());
  if (extension.overrun || !extension.atEnd || list.atEnd) return "malformed";
  while (!list.atEnd) {
    const kind = list.uint8();
    const name = list.part(list.uint16());
    if (list.overrun) return "malformed";
    if (kind !== HOST_NAME) continue;
    if (draft.serverName !== null) return "malformed";
    const text = name.latin1().toLowerCase().replace(/\.$/, "");
    if (!SERVER_NAME.test(text) || text.length > NAME_BYTES) return "serverName";
    draft.serverName = text;
  }
  return null;
}

/** RFC 7301 section 3.1: no name is empty, no list is. */
function readAlpn(extension: Cursor, draft: Draft): HelloFault | null {
  const list = extension.part(extension.uint16());
  if (extension.overrun || !extension.atEnd || list.atEnd) return "malformed";
  const names: string[] = [];
  while (!list.atEnd) {
    const name = list.part(list.uint8());
    if (list.overrun || name.length === 0) return "malformed";
    names.push(name.latin1());
  }
  draft.alpn = names;
  return null;
}

function readNumbers(
  extension: Cursor,
  lengthBytes: number,
  take: (numbers: readonly number[]) => void,
): HelloFault | null {
  const list = extension.part(lengthBytes);
  if (extension.overrun || !extension.atEnd || list.atEnd || list.length % 2 !== 0) return "malformed";
  const numbers: number[] = [];
  while (!list.atEnd) numbers.push(list.uint16());
  take(numbers);
  return null;
}

const RANDOM_BYTES = 32;
const HOST_NAME = 0;
const NAME_BYTES = 255;
/** What DNS takes and certificates name; an address is no name (RFC 6066 section 3), but is harmless here. */
const SERVER_NAME = /^(?!-)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
const NOTHING: readonly string[] = [];
const EXTENSION = { serverName: 0, signatureAlgorithms: 13, alpn: 16, supportedVersions: 43 } as const;
const TLS_1_0 = 0x0301;
export const TLS_1_3 = 0x0304;
/** ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ecdsa_secp521r1_sha512 (RFC 8446 section 4.2.3). */
const ECDSA_SCHEMES = new Set([0x0403, 0x0503, 0x0603]);
/** TLS_ECDHE_ECDSA_WITH_* of AES-GCM, ChaCha20-Poly1305 and AES-CBC: those that anybody here would negotiate. */
const ECDSA_SUITES = new Set([0xc02b, 0xc02c, 0xcca9, 0xc009, 0xc00a, 0xc023, 0xc024]);
