/**
 * What restricts who may send a request, and cannot be carried over. Leaving it out would open what was closed, so
 * the location answers 403 instead, until somebody has decided.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type { Findings } from "../findings.ts";

/**
 * Whether requests are refused that the result would let through; notes say which directives do it.
 * @param outcome what becomes of them
 */
export function isRestricted(scope: Scope, outcome: string, findings: Findings): boolean {
  for (const directive of scope.inherited("ssl_verify_client").filter(asks)) {
    const message = `${quoted(directive.label)} is not carried over: clients are not asked for a certificate`;
    const suggestion = "set `client_auth: request` and `client_ca` in `tls` of the listener";
    findings.note("convert.not_carried", directive.head, message, { suggestion });
  }
  const found = RESTRICTING.flatMap((names) => scope.inherited(...names)).filter(refuses);
  for (const directive of found) {
    if (directive.block !== null) scope.markLeftOut(directive);
    const message = `${quoted(directive.label)} is not carried over; ${outcome}`;
    findings.note("convert.closed", directive.head, message, { suggestion: HOW_TO_OPEN });
  }
  return found.length > 0;
}

/** `deny all` before anything else: everybody gets 403, and so it stays. */
export function deniesEverybody(scope: Scope): boolean {
  const [first] = scope.inherited("allow", "deny");
  const others = scope.inherited("satisfy").some((directive) => argument(directive, 0) === "any");
  return first?.name === "deny" && argument(first, 0) === "all" && !others;
}

/** An `if` that refuses. What else it does is noted by whoever reads the block. */
export function refusesInside(directives: readonly Directive[]): boolean {
  return directives.some(
    (directive) =>
      (directive.name === "return" && /^(?:4|5)[0-9][0-9]$/.test(argument(directive, 0))) ||
      (directive.name === "deny" && refuses(directive)),
  );
}

export const ANSWERED = "the requests that it is about are answered with 403";
export const HOW_TO_OPEN = "write the `upstream` in place of `respond` where everybody may";

/** What comes of a certificate that is no good is then up to upstreams, or to an `if`. */
function asks(directive: Directive): boolean {
  return argument(directive, 0).startsWith("optional");
}

function refuses(directive: Directive): boolean {
  switch (directive.name) {
    // A list that ends in `deny all` refuses by that line; `allow` alone refuses nobody.
    case "allow":
    case "satisfy":
      return false;
    case "auth_basic":
    case "auth_request":
    case "auth_jwt":
      return argument(directive, 0) !== "off";
    case "ssl_verify_client":
      return argument(directive, 0) === "on";
    default:
      return true;
  }
}

/** Each group is inherited as a whole. */
const RESTRICTING: readonly (readonly string[])[] = [
  ["allow", "deny"],
  ["auth_basic"],
  ["auth_request"],
  ["auth_jwt"],
  ["satisfy"],
  ["internal"],
  ["limit_except"],
  ["valid_referers"],
  ["secure_link", "secure_link_md5"],
  ["ssl_verify_client"],
  ["access_by_lua_block", "access_by_lua_file", "access_by_lua"],
];
