/**
 * Who may talk to the admin address. Pure: the facts of a request in, a refusal or null out. Three things are kept
 * away: strangers (a token or a certificate, where the address is open to more than this machine), pages of other sites in a
 * browser on this machine (Fetch Metadata, Origin), and names that point here only because somebody else's
 * name server says so (Host).
 */
import { isIP } from "node:net";
import { isSameText } from "../../base/same-text.ts";

export interface GuardPolicy {
  /** Whether the address can be reached from this machine only. */
  readonly isLoopback: boolean;
  /** Host names that are expected, in lower case, beside IP addresses and `localhost`. */
  readonly hosts: readonly string[];
  readonly token: string | null;
  /** Whether everybody who gets so far has shown a certificate that is asked for. */
  readonly isCertified: boolean;
}

/** What a request says of itself; null for a field that it does not have. */
export interface Visit {
  readonly host: string | null;
  readonly origin: string | null;
  readonly fetchSite: string | null;
  readonly authorization: string | null;
  /** `/healthz` and `/readyz`: a load balancer asks for them, and they tell nothing. */
  readonly isProbe: boolean;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

export function refusalOf(visit: Visit, policy: GuardPolicy): Refusal | null {
  if (visit.isProbe) return null;
  if (!isExpectedHost(visit.host, policy.hosts)) return UNEXPECTED_HOST;
  if (isCrossSite(visit)) return CROSS_SITE;
  if (policy.token === null) return policy.isLoopback || policy.isCertified ? null : NO_TOKEN_SET;
  const given = /^bearer +(\S+) *$/i.exec(visit.authorization ?? "")?.[1];
  if (given === undefined) return NO_TOKEN_GIVEN;
  return isSameText(given, policy.token) ? null : WRONG_TOKEN;
}

/** An address cannot be bound to anew by a name server, and `localhost` is never asked of one. */
function isExpectedHost(host: string | null, names: readonly string[]): boolean {
  const [, bracketed, plain] = HOST.exec(host ?? "") ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  if (plain === undefined) return false;
  const name = plain.toLowerCase();
  return isIP(name) === 4 || name === "localhost" || names.includes(name);
}

/** Programs send neither field. `none`: somebody typed the address or opened a bookmark. */
function isCrossSite({ origin, fetchSite, host }: Visit): boolean {
  if (fetchSite !== null && fetchSite !== "same-origin" && fetchSite !== "none") return true;
  return origin !== null && origin.replace(/^https?:\/\//, "") !== host;
}

const HOST = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]/@]+))(?::\d{1,5})?$/;

const UNEXPECTED_HOST: Refusal = {
  status: 421,
  code: "admin.host",
  detail: "this name is not expected; use the IP address or localhost, or name it in settings.admin.hosts",
};
const CROSS_SITE: Refusal = {
  status: 403,
  code: "admin.cross_site",
  detail: "a page of another site may not ask this",
};
const NO_TOKEN_SET: Refusal = {
  status: 403,
  code: "admin.no_token",
  detail: "settings.admin.token is not set, so that only this machine may ask, on a loopback address",
};
const NO_TOKEN_GIVEN: Refusal = {
  status: 401,
  code: "admin.unauthorised",
  detail: "Authorization: Bearer TOKEN is missing",
};
const WRONG_TOKEN: Refusal = { status: 401, code: "admin.unauthorised", detail: "the token is wrong" };
