/**
 * What no log shows: the values of some header fields, and of some parameters in queries. The names are compared
 * without regard to case, `-` and `_`, and as servers read them: decoded, and with what stands in brackets on its own
 * (`user[password]=…`).
 */

export interface Redaction {
  isSecretField(lowerName: string): boolean;
  /** A path with a query, or any text that may hold one. */
  query(text: string): string;
  /** Whether a query, without its `?`, may hold a secret: if not, `query` would change nothing. */
  isSuspect(bytes: Buffer, start: number, end: number): boolean;
}

export const REDACTED = "***";

/** @param fields,parameters names besides those that are always hidden */
export function createRedaction(fields: readonly string[], parameters: readonly string[]): Redaction {
  const secretFields = new Set([...SECRET_FIELDS, ...fields.map((name) => name.toLowerCase())]);
  const secretNames = new Set([...SECRET_PARAMETERS, ...parameters].map(folded));
  const suspect = new RegExp([...secretNames].map(loosely).concat("%", "\\+").join("|"), "i");
  const hashes = hashTable(secretNames);
  return {
    isSecretField: (lowerName) => secretFields.has(lowerName),
    query(text) {
      const at = text.indexOf("?");
      if (at < 0 || !suspect.test(text.slice(at))) return text;
      return text.slice(0, at + 1) + hidden(text.slice(at + 1), secretNames);
    },
    isSuspect: (bytes, start, end) => hasSuspect(bytes, start, end, hashes),
  };
}

/** The separators stay as they are: `&`, and `;` for those who still use it. */
function hidden(query: string, secretNames: ReadonlySet<string>): string {
  return query.replace(PARAMETER, (whole, name: string) =>
    isSecret(name, secretNames) ? `${name}=${REDACTED}` : whole,
  );
}

function isSecret(name: string, secretNames: ReadonlySet<string>): boolean {
  return decoded(name)
    .split(/[[\].]/)
    .some((part) => secretNames.has(folded(part)));
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("+", " "));
  } catch {
    return name;
  }
}

function folded(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, "");
}

/**
 * By a hash of each name, as it is read, because nearly no query holds a secret and a text for each would cost more
 * than the rest of its line. A name that is written in any other way than plainly is suspect.
 */
function hasSuspect(bytes: Buffer, start: number, end: number, hashes: Uint8Array): boolean {
  let hash = 0;
  let isName = true;
  for (let i = start; i < end; i++) {
    const kind = KIND[bytes[i]!]!;
    if (kind === SEPARATOR) {
      hash = 0;
      isName = true;
    } else if (!isName) continue;
    else if (kind === EQUALS) {
      if (hashes[hash & HASH_MASK] === 1) return true;
      // Behind `=` without a name another one may follow.
      isName = hash === 0;
    } else if (kind === ODD) return true;
    else if (kind > 0) hash = Math.imul(hash, HASH_FACTOR) + kind;
  }
  return false;
}

function hashTable(names: ReadonlySet<string>): Uint8Array {
  const table = new Uint8Array(HASH_MASK + 1);
  for (const name of names) {
    let hash = 0;
    for (const byte of Buffer.from(name)) hash = Math.imul(hash, HASH_FACTOR) + KIND[byte]!;
    table[hash & HASH_MASK] = 1;
  }
  return table;
}

const HASH_MASK = 2047;
const HASH_FACTOR = 37;
const SEPARATOR = -1;
const EQUALS = -2;
const ODD = -3;
/** Of a byte of a query: its lower-case twin, 0 for what makes no difference, or one of the above. */
const KIND: Int16Array = Int16Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if ("&;?#".includes(character)) return SEPARATOR;
  if (character === "=") return EQUALS;
  if ("-_ ".includes(character)) return 0;
  return /[%+[\].\x80-\xff]/.test(character) ? ODD : character.toLowerCase().charCodeAt(0);
});

/** A pattern that a name meets however it is spelled, but for escapes. */
function loosely(name: string): string {
  return [...name].map((letter) => letter.replace(/[^a-z0-9]/g, "\\$&")).join("[-_ ]*");
}

const PARAMETER = /([^&;=#?]+)=([^&;#]*)/g;

export const SECRET_FIELDS: readonly string[] = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
];

/** Tokens, keys and passwords by the names that they have in OAuth, signed URLs and login forms. */
export const SECRET_PARAMETERS: readonly string[] = [
  "access_token",
  "api_key",
  "auth",
  "authorization",
  "client_secret",
  "code",
  "credential",
  "id_token",
  "jwt",
  "key",
  "passwd",
  "password",
  "pwd",
  "refresh_token",
  "secret",
  "session",
  "session_id",
  "sig",
  "signature",
  "token",
  "x-amz-credential",
  "x-amz-security-token",
  "x-amz-signature",
  "x-goog-credential",
  "x-goog-signature",
];
