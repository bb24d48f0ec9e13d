/**
 * `proxy_set_header`: what nginx is told to do and Portward does anyway (the client's Host, X-Forwarded-*, upgrades),
 * and notes on all else.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type { Findings } from "../findings.ts";

/**
 * @param pass the `proxy_pass` whose requests these are
 * @param changesPath so that nginx would mend the redirects of the upstream
 */
export function noteRequestFields(
  scope: Scope,
  pass: Directive,
  changesPath: boolean,
  findings: Findings,
): void {
  const set = scope.inherited("proxy_set_header");
  for (const directive of set) noteField(directive, findings);
  if (!set.some((directive) => argument(directive, 0).toLowerCase() === "host")) {
    const host = argument(pass, 0)
      .replace(/^[a-z]+:\/\//i, "")
      .replace(/\/.*$/, "");
    const redirects = changesPath ? ", and passes the upstream's redirects on as they are" : "";
    const message = `nginx sends \`Host: ${host}\` here; Portward sends the name that the client asked for${redirects}`;
    findings.note("convert.default", pass.head, message);
  }
  const version = scope.inForce("proxy_http_version");
  if (version !== null && !/^1\.1$/.test(argument(version, 0))) {
    findings.note("convert.differs", version.head, "upstreams are spoken to in HTTP/1.1");
  }
}

function noteField(directive: Directive, findings: Findings): void {
  const [name, value] = [argument(directive, 0).toLowerCase(), argument(directive, 1).toLowerCase()];
  const wanted = DONE_ANYWAY.get(name);
  if (wanted?.includes(value)) return;
  const hint = HINTS.get(name) ?? "fields of requests are passed on as the client sent them";
  const message = `${quoted(`${argument(directive, 0)}: ${argument(directive, 1)}`)} is not set: ${hint}`;
  findings.note("convert.not_carried", directive.head, message);
}

/** `$host` has lost its port; nobody who asks for it asks for that. */
const HOST = ["$host", "$http_host", "$host:$server_port", "$host:$proxy_port"];

const DONE_ANYWAY = new Map<string, readonly string[]>([
  ["host", HOST],
  ["x-forwarded-host", HOST],
  ["x-forwarded-for", ["$proxy_add_x_forwarded_for", "$remote_addr"]],
  ["x-forwarded-proto", ["$scheme"]],
  ["x-request-id", ["$request_id"]],
  ["upgrade", ["$http_upgrade"]],
  ["connection", ["upgrade", "", "$connection_upgrade", "$http_connection", "keep-alive"]],
]);

const HINTS = new Map([
  ["host", "the upstream gets the name that the client asked for"],
  ["x-real-ip", "the client's address is in `X-Forwarded-For`"],
  ["x-forwarded-proto", "it is the scheme that the client used"],
  ["x-forwarded-for", "it is the client's address"],
]);
