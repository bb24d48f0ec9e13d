/**
 * The URL of a request as a client would put it on the wire. Not `new URL`: that removes dot segments and
 * encodes characters, and what a path looks like before anybody has tidied it is the question here.
 */
import { domainToASCII } from "node:url";
import { err, ok, type Result } from "../../base/result.ts";

export interface RequestUrl {
  /** As written, without a fragment. */
  readonly text: string;
  readonly scheme: "http" | "https";
  /** The value of Host: the port is left out where it is the scheme's own. */
  readonly authority: string;
  /** In lower case, without port and brackets. */
  readonly host: string;
  /** Null when the URL names none. */
  readonly port: number | null;
  /** Path and query as written; at least `/`. */
  readonly target: string;
}

/** @returns what is wrong, as part of a sentence that begins with the URL */
export function parseRequestUrl(text: string): Result<RequestUrl, string> {
  if (CONTROL.test(text)) return err("has a control character");
  const [, scheme, authority, path, query = ""] = URL_PARTS.exec(text) ?? [];
  if (scheme === undefined) return err("does not begin with `http://` or `https://`");
  if (authority!.includes("@")) return err("has a user name, which clients do not send as part of it");
  const [, hostText, portText = ""] = AUTHORITY.exec(authority!) ?? [];
  if (hostText === undefined) return err("has no host, or one that cannot be read");
  const port = portText === "" ? null : Number(portText);
  if (port !== null && (port < 1 || port > 65_535)) return err(`has the port ${port}; ports go to 65535`);
  const host = NON_ASCII.test(hostText) ? domainToASCII(hostText) : hostText;
  if (host === "") return err("has a host that is no name");
  const lowerScheme = scheme.toLowerCase() === "http" ? "http" : "https";
  const isOwnPort = port === null || port === defaultPort(lowerScheme);
  return ok({
    text: text.split("#", 1)[0]!,
    scheme: lowerScheme,
    authority: isOwnPort ? host : `${host}:${port}`,
    host: host.toLowerCase().replace(/^\[(.*)\]$/, "$1"),
    port,
    target: `${path === "" ? "/" : path}${query}`,
  });
}

/** RFC 9110 section 4.2. */
export function defaultPort(scheme: RequestUrl["scheme"]): number {
  return scheme === "http" ? 80 : 443;
}

const URL_PARTS = /^(https?):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?$/i;
const AUTHORITY = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::([0-9]{0,5}))?$/;
const CONTROL = /[\u0000-\u001f\u007f]/;
const NON_ASCII = /[^\u0000-\u007f]/;
