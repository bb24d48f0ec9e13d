/**
 * Apache's httpd: hosts with `ProxyPass`, `RewriteRule` and `Redirect`, balancers, and what they include. Whatever no
 * part of this reads ends in a note (`directives/unread.ts`).
 */
import { placeAt } from "../../source/source-text.ts";
import type { ConvertFormat, ForeignInput } from "../convert-format.ts";
import { argument, type Directive } from "../directives/directive.ts";
import { Reading, Scope } from "../directives/scope.ts";
import { reportUnread } from "../directives/unread.ts";
import { type DocumentDraft, respondWith } from "../draft/document-draft.ts";
import { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import { emitRoutes } from "../http/emit-routes.ts";
import type { LadderRule } from "../http/ladder.ts";
import { answering, type RuleValue } from "../http/rule-value.ts";
import { noteDefaultServer } from "../http/virtual-hosts.ts";
import { closedParts } from "./access.ts";
import { Balancers, balancerName } from "./balancers.ts";
import { mainSettings } from "./bounds.ts";
import { Expander } from "./expand.ts";
import { noteForwardedFields } from "./forwarded-fields.ts";
import type { HostContext } from "./host-context.ts";
import { httpdDirectives } from "./known-directives.ts";
import { parseHttpd } from "./parser.ts";
import { proxyRules } from "./proxy-rules.ts";
import { redirectRules } from "./redirect-rules.ts";
import { rewriteRules } from "./rewrite-rules.ts";
import { noteTls, type Reached, reachHosts, readHost, readListeners } from "./virtual-hosts.ts";

export const httpd = {
  name: "httpd",
  description: "httpd.conf, with what it includes, or a file with `<VirtualHost>` sections",
  read: readHttpd,
} satisfies ConvertFormat;

async function readHttpd(
  { sources, access }: ForeignInput,
  findings: Findings,
): Promise<readonly DocumentDraft[]> {
  const files: (readonly Directive[])[] = [];
  const expander = new Expander(access, findings);
  for (const source of sources) {
    const parsed = parseHttpd(source, findings);
    if (parsed !== null) files.push(await expander.expand(parsed, [source.file]));
  }
  const directives = files.flat();
  if (findings.errorCount > 0) return [];
  const builder = new DraftBuilder();
  const reading = new Reading();
  const main = new Scope(null, directives, null, reading);
  builder.begin(null, placeAt(sources[0]!, 0));
  builder.settings(mainSettings(main, findings));
  convertHosts(main, builder, findings);
  reportUnread(directives, reading, httpdDirectives, findings);
  return builder.documents();
}

function convertHosts(main: Scope, builder: DraftBuilder, findings: Findings): void {
  const scopes = main.peek("<virtualhost>").map((directive) => main.child(directive));
  const listeners = readListeners(main, scopes, findings);
  const hosts = scopes.map((scope) => readHost(scope, findings));
  const balancers = new Balancers([main, ...scopes].flatMap(balancerSections), builder, findings);
  noteProxyRequests(main, findings);
  for (const reached of reachHosts(listeners, hosts, readHost(main, findings))) {
    convertHost(reached, main, balancers, builder, findings);
  }
  balancers.reportUnused();
}

function convertHost(
  { host, groups }: Reached,
  main: Scope,
  balancers: Balancers,
  builder: DraftBuilder,
  findings: Findings,
): void {
  const { scope } = host;
  if (groups.length === 0) {
    if (scope === main) return;
    const message = "the host was left out: no request leads to it";
    findings.note("convert.unreachable", scope.directive!.head, message);
    return;
  }
  const engine = scope.inForce("sslengine");
  const tls = engine !== null && argument(engine, 0).toLowerCase() === "on";
  if (tls) noteTls(engine, findings);
  const ports = new Set(groups.flatMap(({ listeners }) => listeners.map(({ port }) => port)));
  const context: HostContext = {
    scope,
    name: host.names.find((name) => !name.startsWith("*")) ?? null,
    scheme: tls ? "https" : "http",
    port: ports.size === 1 ? [...ports][0]! : null,
    balancers,
    builder,
    findings,
  };
  if (groups.some(({ hosts }) => hosts.length === 0)) {
    const place = scope.peek("servername", "serveralias")[0]?.head ?? builder.documents()[0]!.from;
    noteDefaultServer(host.names, place, findings);
  }
  const served = groups.map(({ hosts, listeners }) => ({
    hosts,
    listen: listeners.map(({ address, directive }) => builder.listener(address, directive)),
  }));
  emitRoutes(rulesOf(context, main), served, builder, findings);
}

function rulesOf(context: HostContext, main: Scope): readonly LadderRule<RuleValue>[] {
  const { scope, findings } = context;
  noteForwardedFields(context);
  const closed = closedParts(scope === main ? [main] : [main, scope], findings);
  const rewrites = rewriteRules(context);
  const rules = [...closed, ...rewrites, ...proxyRules(context, main, rewrites), ...redirectRules(context)];
  if (rules.some(({ kind, text }) => kind === "prefix" && text === "/")) return rules;
  const from = scope.directive;
  if (from !== null) {
    const message = "what nothing here takes is answered with 404; httpd would look for a file";
    findings.note("convert.default", from.head, message);
  }
  // A host that has no route at all would fall to the routes without a host.
  if (rules.length > 0 || from === null) return rules;
  const value = answering(respondWith(404), from);
  return [{ kind: "prefix", text: "/", bySegments: true, captures: null, value }];
}

function balancerSections(scope: Scope): Scope[] {
  return scope.peek("<proxy>").flatMap((section) => {
    scope.markRead(section);
    return balancerName(section) === null ? [] : [scope.child(section)];
  });
}

/** A proxy for whatever clients name is another thing than this one. */
function noteProxyRequests(main: Scope, findings: Findings): void {
  for (const directive of main.own("proxyrequests")) {
    if (argument(directive, 0).toLowerCase() !== "on") continue;
    findings.note(
      "convert.not_carried",
      directive.head,
      "Portward is no forward proxy: it sends only where routes say",
    );
  }
}
