/** What a location does with its requests: sent upstream, redirected, answered; or closed, when none of that can be carried over. */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import { respondWith } from "../draft/document-draft.ts";
import { groupNames, withNamedGroups } from "../http/pattern.ts";
import type { RewriteIntent } from "../http/replace-prefix.ts";
import { answering, type RuleAction, type RuleValue } from "../http/rule-value.ts";
import { routeLimits, routeTimeouts } from "./bounds.ts";
import type { Location } from "./locations.ts";
import { type ProxySurroundings, readProxyPass } from "./proxy-pass.ts";
import { noteRequestFields } from "./request-fields.ts";
import { ANSWERED, deniesEverybody, HOW_TO_OPEN, isRestricted, refusesInside } from "./restrictions.ts";
import { readReturn } from "./return-directive.ts";
import { outcomeOf, pathRewrite } from "./rewrite-directive.ts";

export interface LocationSurroundings extends ProxySurroundings {
  readonly named: ReadonlyMap<string, Scope>;
  readonly isHttp: (scope: Scope) => boolean;
}

export function readLocationValue(location: Location, around: LocationSurroundings): RuleValue {
  const { scope } = location;
  const from = scope.directive!;
  const hasRefusal = closedByConditions(scope, around);
  // nginx returns before it asks who may come in.
  const returns = scope.peek("return").length > 0 && !hasRefusal;
  if (!returns && deniesEverybody(scope)) return answering(respondWith(403), from);
  const closed = !returns && (isRestricted(scope, ANSWERED, around.findings) || hasRefusal);
  const serving = handOver(scope, around);
  if (closed && serving.peek("proxy_pass").length === 0) return answering(respondWith(403), from);
  const action = actionOf(serving, location, around);
  if (closed) noteWhatIsClosed(scope, action, around);
  if (closed) return answering(respondWith(403), from);
  if (action.kind !== "proxy") return answering(action, from);
  return {
    action,
    timeouts: routeTimeouts(serving, around.isHttp, around.findings),
    limits: routeLimits(serving, around.isHttp, around.findings),
    from,
  };
}

function noteWhatIsClosed(scope: Scope, action: RuleAction, { findings }: LocationSurroundings): void {
  if (action.kind !== "proxy") return;
  const rewrite = action.rewrite === null ? "" : `, with ${quoted(`rewrite: ${action.rewrite.to}`)}`;
  const message = `open to everybody, this would be ${quoted(`upstream: ${action.upstream}`)}${rewrite}`;
  findings.note("convert.closed", scope.directive!.head, message);
}

/** Notes on every `if`; whether one of them refuses requests. */
export function closedByConditions(
  scope: Scope,
  { findings }: Pick<LocationSurroundings, "findings">,
): boolean {
  let closed = false;
  for (const directive of scope.unread("if")) {
    scope.markLeftOut(directive);
    if (refusesInside(directive.block ?? [])) {
      closed = true;
      const message = "conditions are not carried over; the requests of this block are answered with 403";
      findings.note("convert.closed", directive.head, message, { suggestion: HOW_TO_OPEN });
    } else
      findings.note(
        "convert.not_carried",
        directive.head,
        "conditions are not carried over; `if` was left out",
      );
  }
  return closed;
}

function actionOf(scope: Scope, location: Location, around: LocationSurroundings): RuleAction {
  const { findings } = around;
  const rewrites = scope.own("rewrite");
  scope.own("break");
  const returned = scope.own("return")[0];
  if (returned !== undefined && rewrites.every((rewrite) => outcomeOf(rewrite) === "break")) {
    return readReturn(returned, scope, { ...around.redirects, groups: groupsOf(location) }, findings);
  }
  const change = readRewrites(rewrites, location, around);
  if (change === "impossible") return respondWith(501);
  const pass = scope.own("proxy_pass").at(-1);
  return pass === undefined ? withoutTarget(scope, around) : proxied(scope, pass, location, change, around);
}

/** `try_files … @name` hands over to a location that may have a target: there are no files to try. */
function handOver(scope: Scope, { named, findings }: LocationSurroundings): Scope {
  const tries = scope.peek("proxy_pass", "return").length > 0 ? undefined : scope.own("try_files").at(-1);
  const next = tries === undefined ? undefined : named.get(tries.words.at(-1)?.text ?? "");
  if (tries === undefined || next === undefined) return scope;
  const message = `no files are served: everything goes to ${quoted(argument(next.directive!, 0))}`;
  findings.note("convert.differs", tries.head, message);
  return next;
}

function proxied(
  scope: Scope,
  directive: Directive,
  location: Location,
  change: RewriteIntent | null,
  around: LocationSurroundings,
): RuleAction {
  const prefix = location.kind === "regex" || scope !== location.scope ? null : location.text;
  const pass = readProxyPass(directive, prefix, change !== null, around);
  if (pass === null) return respondWith(501);
  const rewrite = change ?? pass.rewrite;
  if (change !== null && /^\w+:\/\/[^/]+\//.test(argument(directive, 0))) {
    const message = "the path of `proxy_pass` is not used; nginx uses it where `rewrite` does not match";
    around.findings.note("convert.differs", directive.head, message);
  }
  noteRequestFields(scope, directive, rewrite !== null, around.findings);
  return { kind: "proxy", upstream: pass.upstream, rewrite };
}

/** One `break` can be carried over; a second search for a location, or a second rule, cannot. */
function readRewrites(
  rewrites: readonly Directive[],
  location: Location,
  { findings }: LocationSurroundings,
): RewriteIntent | null | "impossible" {
  const changing = rewrites.filter((rewrite) => {
    if (typeof outcomeOf(rewrite) === "string") return true;
    const message = "the redirect is not carried over: it is for a part of the location only";
    findings.note("convert.not_carried", rewrite.head, message);
    return false;
  });
  const [first, second] = changing;
  if (first === undefined) return null;
  if (outcomeOf(first) === "search") return closed(first, "another search for a location", findings);
  if (second !== undefined) return closed(second, "a second `rewrite` in a location", findings);
  const prefix = location.kind === "prefix" || location.kind === "final" ? location.text : null;
  return pathRewrite(first, prefix, findings) ?? "impossible";
}

function closed(
  directive: Directive,
  what: string,
  findings: LocationSurroundings["findings"],
): "impossible" {
  findings.note("convert.closed", directive.head, `${what} is not carried over; the answer is 501`);
  return "impossible";
}

/** Files, FastCGI and the like. */
function withoutTarget(scope: Scope, { findings }: LocationSurroundings): RuleAction {
  const [handler] = scope.own(...HANDLERS, "try_files");
  const message =
    handler === undefined
      ? "the location serves files, which Portward does not do; the answer is 501"
      : `${quoted(handler.label)} is not carried over; the answer is 501`;
  findings.note("convert.closed", (handler ?? scope.directive!).head, message);
  return respondWith(501);
}

function groupsOf({ kind, text }: Location): readonly string[] {
  return kind === "regex" ? groupNames(withNamedGroups(text)) : [];
}

const HANDLERS = [
  "root",
  "alias",
  "fastcgi_pass",
  "uwsgi_pass",
  "scgi_pass",
  "grpc_pass",
  "memcached_pass",
  "stub_status",
  "autoindex",
  "content_by_lua_block",
  "content_by_lua_file",
  "empty_gif",
  "dav_methods",
  "js_content",
  "perl",
];
