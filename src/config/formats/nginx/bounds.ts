/**
 * Timeouts and limits: those of `http` become settings, those further in stand on the routes. Defaults of nginx that
 * would let more through here than there are written out.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { formatDuration } from "../../values/duration.ts";
import { formatSize } from "../../values/size.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type { SettingsDraft } from "../draft/document-draft.ts";
import type { Findings } from "../findings.ts";
import { parseSize, parseTime } from "./values.ts";

export type Bounds = Readonly<Record<string, string>>;

/** What is set in the `http` blocks themselves. */
export function httpSettings(scopes: readonly Scope[], findings: Findings): SettingsDraft {
  const timeouts: Record<string, string> = {};
  const limits: Record<string, string | number> = {};
  for (const scope of scopes) {
    Object.assign(timeouts, timeoutsIn(scope.own.bind(scope), findings), connectionTimeouts(scope, findings));
    const body = bodyLimit(scope.own("client_max_body_size"), findings);
    if (body !== null) limits["body"] = body;
    const requests = scope.own("keepalive_requests").at(-1);
    if (requests !== undefined && /^[1-9][0-9]{0,8}$/.test(argument(requests, 0))) {
      limits["requests_per_connection"] = Number(argument(requests, 0));
    }
  }
  limits["body"] ??= defaultBody(scopes[0]!, findings);
  return Object.keys(timeouts).length === 0 ? { limits } : { limits, timeouts };
}

/** What stands between a location and `http`. */
export function routeTimeouts(
  location: Scope,
  isHttp: (scope: Scope) => boolean,
  findings: Findings,
): Bounds {
  return timeoutsIn((name) => within(location, name, isHttp), findings);
}

export function routeLimits(location: Scope, isHttp: (scope: Scope) => boolean, findings: Findings): Bounds {
  const body = bodyLimit(within(location, "client_max_body_size", isHttp), findings);
  return body === null ? {} : { body };
}

/** Milliseconds as Portward writes them; null after a finding. */
export function durationText(directive: Directive, findings: Findings): string | null {
  const text = directive.words.map((word) => word.text).join(" ");
  const ms = parseTime(text);
  if (ms === null) findings.error("convert.value", directive.head, `${quoted(text)} is not a time`);
  else if (ms > 0) return formatDuration(ms);
  else findings.note("convert.not_carried", directive.head, `${quoted(directive.label)} cannot be zero here`);
  return null;
}

function within(location: Scope, name: string, isHttp: (scope: Scope) => boolean): Directive[] {
  for (let scope: Scope | null = location; scope !== null && !isHttp(scope); scope = scope.parent) {
    const own = scope.own(name);
    if (own.length > 0) return own;
  }
  return [];
}

function timeoutsIn(find: (name: string) => Directive[], findings: Findings): Bounds {
  const timeouts: Record<string, string> = {};
  const put = (name: string, ...keys: readonly string[]) => {
    const directive = find(name).at(-1);
    const text = directive === undefined ? null : durationText(directive, findings);
    if (text !== null) for (const key of keys) timeouts[key] = text;
  };
  put("proxy_connect_timeout", "connect");
  put("client_body_timeout", "body");
  put("proxy_read_timeout", "response", "idle");
  const send = find("proxy_send_timeout").at(-1);
  if (send !== undefined && durationText(send, findings) !== timeouts["idle"]) {
    findings.note(
      "convert.differs",
      send.head,
      "`timeouts.idle` holds for both directions; it comes from `proxy_read_timeout`",
    );
  }
  return timeouts;
}

/** They act before a route is known, so that only `http` can set them. */
function connectionTimeouts(scope: Scope, findings: Findings): Bounds {
  const timeouts: Record<string, string> = {};
  for (const [name, key] of [
    ["client_header_timeout", "head"],
    ["keepalive_timeout", "keep_alive"],
  ] as const) {
    const directive = scope.own(name).at(-1);
    // A second argument of `keepalive_timeout` is only told to the client.
    const text =
      directive === undefined
        ? null
        : durationText({ ...directive, words: directive.words.slice(0, 1) }, findings);
    if (text !== null) timeouts[key] = text;
  }
  return timeouts;
}

function bodyLimit(directives: readonly Directive[], findings: Findings): string | null {
  const directive = directives.at(-1);
  if (directive === undefined) return null;
  const bytes = parseSize(argument(directive, 0));
  if (bytes === null) {
    findings.error("convert.value", directive.head, `${quoted(argument(directive, 0))} is not a size`);
    return null;
  }
  return bytes === 0 ? "off" : formatSize(bytes);
}

function defaultBody(scope: Scope, findings: Findings): string {
  const place = scope.directive ?? scope.all()[0]!;
  const message =
    "unless `client_max_body_size` says otherwise, nginx takes bodies of up to 1 MiB: see `settings.limits.body`";
  findings.note("convert.default", place.head, message);
  return DEFAULT_BODY;
}

const DEFAULT_BODY = "1MiB";
