/**
 * `proxy_pass` in a location: the upstream, and what becomes of the path. With a path of its own (even `/`), that
 * path takes the place of the location's prefix; without one, the request's goes on as it is.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import { agrees, type RewriteIntent } from "../http/replace-prefix.ts";
import { targetAddress, upstreamName } from "../http/target.ts";
import type { UpstreamBlocks } from "./upstream-block.ts";
import type { RedirectSurroundings } from "./variables.ts";

export interface ProxyPass {
  readonly upstream: string;
  readonly rewrite: RewriteIntent | null;
}

export interface ProxySurroundings {
  readonly blocks: UpstreamBlocks;
  readonly builder: DraftBuilder;
  readonly findings: Findings;
  readonly redirects: RedirectSurroundings;
}

/**
 * Null when requests cannot be sent there; a note or an error says why.
 * @param prefix what the location takes; null for a pattern
 * @param ignoresPath a `rewrite … break` has made the path
 */
export function readProxyPass(
  directive: Directive,
  prefix: string | null,
  ignoresPath: boolean,
  around: ProxySurroundings,
): ProxyPass | null {
  const { findings } = around;
  const url = argument(directive, 0).replace(/\$request_uri$/, "");
  const [, scheme, authority, path = ""] = URL_FORM.exec(url) ?? [];
  if (scheme === undefined) return refused(directive, `${quoted(url)} is not the URL of a target`, findings);
  if (url.includes("$")) return closed(directive, "a target is not made of variables", findings);
  if (scheme.toLowerCase() === "https")
    return closed(directive, "TLS to upstreams is not carried over yet", findings);
  if (path !== "" && prefix === null && !ignoresPath) {
    return refused(directive, "in a location with a pattern, `proxy_pass` has no path of its own", findings);
  }
  if (path.includes("?")) return refused(directive, "the path of `proxy_pass` has a query", findings);
  const upstream = upstreamFor(directive, authority!, prefix, around);
  if (upstream === null) return null;
  if (path === "" || prefix === null || ignoresPath) return { upstream, rewrite: null };
  if (!agrees(prefix, path)) noteOddJoin(directive, prefix, path, findings);
  return { upstream, rewrite: { kind: "replace", from: prefix, to: path } };
}

function upstreamFor(
  directive: Directive,
  authority: string,
  prefix: string | null,
  { blocks, builder, findings, redirects }: ProxySurroundings,
): string | null {
  if (blocks.has(authority)) return blocks.use(authority);
  const address = targetAddress(authority, 80);
  if (address === null)
    return refused(directive, `${quoted(authority)} is not the address of a target`, findings);
  const wanted = upstreamName(address, prefix, redirects.serverName);
  return builder.sharedUpstream(address, wanted, [{ address, weight: 1 }], directive);
}

/** What people stumble over: `location /two` with `proxy_pass http://app/` makes `//x` of `/two/x`. */
function noteOddJoin(directive: Directive, prefix: string, path: string, findings: Findings): void {
  const sent = `${path}${`${prefix.replace(/\/$/, "")}/x`.slice(prefix.length)}`;
  const message = `as in nginx, ${quoted(`${prefix.replace(/\/$/, "")}/x`)} is sent as ${quoted(sent)}`;
  const suggestion = `where that is not meant, write \`rewrite: ${prefix.endsWith("/") ? `${path}/` : path}\``;
  findings.note("convert.differs", directive.head, message, { suggestion });
}

function closed(directive: Directive, why: string, findings: Findings): null {
  findings.note("convert.closed", directive.head, `${why}; the answer is 501`);
  return null;
}

function refused(directive: Directive, message: string, findings: Findings): null {
  findings.error("convert.value", directive.head, message);
  return null;
}

/** `http://unix:/run/app.sock:/path` has a colon before its path. */
const URL_FORM = /^(https?):\/\/(unix:[^:]+(?::(?=\/|$))?|[^/?]+)([/?].*)?$/i;
