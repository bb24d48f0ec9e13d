/**
 * What no log shows: the values of some header fields, and of some parameters in queries. The names are compared
 * without regard to case, `-` and `_`, and as servers read them: decoded, and with what stands in brackets on its own
 * (`user[password]=…`).
 */

export interface Redaction {
  isSecretField(lowerName: string): boolean;
  /** A path with a query, or any text that may hold one. */
  query(text: string): string;
}

export const REDACTED = "***";

/** @param fields,parameters names besides those that are always hidden */
export function createRedaction(fields: readonly string[], parameters: readonly string[]): Redaction {
  const secretFields = new Set([...SECRET_FIELDS, ...fields.map((name) => name.toLowerCase())]);
  const secretNames = new Set([...SECRET_PARAMETERS, ...parameters].map(folded));
  const suspect = new RegExp([...secretNames].map(loosely).concat("%", "\\+").join("|"), "i");
  return {
    isSecretField: (lowerName) => secretFields.has(lowerName),
    query(text) {
      const at = text.indexOf("?");
      if (at < 0 || !suspect.test(text.slice(at))) return text;
      return text.slice(0, at + 1) + hidden(text.slice(at + 1), secretNames);
    },
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
