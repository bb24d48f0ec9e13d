/**
 * Timeouts and limits: those of `http` become settings, those further in stand on the routes. Defaults of nginx that
 * would let more through here than there are written out.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { formatDuration } from "../../values/duration.ts";
import { formatSize } from "../../values/size.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type {
  LimitsDraft,
  SettingsDraft,
  SettingsLimitsDraft,
  SettingsTimeoutsDraft,
  TimeoutsDraft,
} from "../draft/document-draft.ts";
import type { Findings } from "../findings.ts";
import { parseSize, parseTime } from "./values.ts";

/**
 * What is set in the `http` blocks themselves.
 * @param needsBody some route has no limit of its own for bodies
 */
export function httpSettings(
  scopes: readonly Scope[],
  needsBody: boolean,
  findings: Findings,
): SettingsDraft {
  const timeouts: SettingsTimeoutsDraft = {};
  const limits: SettingsLimitsDraft = {};
  for (const scope of scopes) {
    Object.assign(
      timeouts,
      timeoutsIn((name) => scope.own(name), findings),
    );
    Object.assign(timeouts, connectionTimeouts(scope, findings));
    Object.assign(limits, bodyLimit(scope.own("client_max_body_size"), findings));
    const requests = scope.own("keepalive_requests").at(-1);
    if (requests !== undefined && /^[1-9][0-9]{0,8}$/.test(argument(requests, 0))) {
      limits.requests_per_connection = Number(argument(requests, 0));
    }
  }
  if (needsBody) limits.body ??= defaultBody(scopes[0]!, findings);
  return {
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(Object.keys(timeouts).length === 0 ? {} : { timeouts }),
  };
}

/** What stands between a location and `http`. */
export function routeTimeouts(
  location: Scope,
  isHttp: (scope: Scope) => boolean,
  findings: Findings,
): TimeoutsDraft {
  return timeoutsIn((name) => within(location, name, isHttp), findings);
}

export function routeLimits(
  location: Scope,
  isHttp: (scope: Scope) => boolean,
  findings: Findings,
): LimitsDraft {
  return bodyLimit(within(location, "client_max_body_size", isHttp), findings);
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

function timeoutsIn(find: (name: string) => Directive[], findings: Findings): TimeoutsDraft {
  const timeouts: TimeoutsDraft = {};
  const put = (name: string, ...keys: readonly (keyof TimeoutsDraft)[]) => {
    const directive = find(name).at(-1);
    const text = directive === undefined ? null : durationText(directive, findings);
    if (text !== null) for (const key of keys) timeouts[key] = text;
  };
  put("proxy_connect_timeout", "connect");
  put("client_body_timeout", "body");
  put("proxy_read_timeout", "response", "idle");
  const send = find("proxy_send_timeout").at(-1);
  if (send !== undefined && durationText(send, findings) !== timeouts.idle) {
    const message = "`timeouts.idle` holds for both directions; it comes from `proxy_read_timeout`";
    findings.note("convert.differs", send.head, message);
  }
  return timeouts;
}

/** They act before a route is known, so that only `http` can set them. */
function connectionTimeouts(scope: Scope, findings: Findings): SettingsTimeoutsDraft {
  const timeouts: SettingsTimeoutsDraft = {};
  for (const [name, key] of [
    ["client_header_timeout", "head"],
    ["keepalive_timeout", "keep_alive"],
  ] as const) {
    const directive = scope.own(name).at(-1);
    if (directive === undefined) continue;
    // A second argument of `keepalive_timeout` is only told to the client.
    const text = durationText({ ...directive, words: directive.words.slice(0, 1) }, findings);
    if (text !== null) timeouts[key] = text;
  }
  return timeouts;
}

function bodyLimit(directives: readonly Directive[], findings: Findings): LimitsDraft {
  const directive = directives.at(-1);
  if (directive === undefined) return {};
  const bytes = parseSize(argument(directive, 0));
  if (bytes !== null) return { body: bytes === 0 ? "off" : formatSize(bytes) };
  findings.error("convert.value", directive.head, `${quoted(argument(directive, 0))} is not a size`);
  return {};
}

function defaultBody(scope: Scope, findings: Findings): string {
  const place = scope.directive ?? scope.peek("server")[0]!;
  const message =
    "unless `client_max_body_size` says otherwise, nginx takes bodies of up to 1 MiB: see `settings.limits.body`";
  findings.note("convert.default", place.head, message);
  return DEFAULT_BODY;
}

const DEFAULT_BODY = "1MiB";
