/**
 * `ProxyPass` and its kin as rules. httpd takes the first that matches, in the order of the file; those inside of
 * `<Location>` come before, and there the last one counts.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import { respondWith } from "../draft/document-draft.ts";
import type { Findings } from "../findings.ts";
import type { LadderRule } from "../http/ladder.ts";
import { templateText } from "../http/literal-path.ts";
import { aroundMatch, usablePattern } from "../http/pattern.ts";
import { agrees, type RewriteIntent } from "../http/replace-prefix.ts";
import { answering, type RuleValue } from "../http/rule-value.ts";
import { passTimeouts } from "./bounds.ts";
import { type Backend, backendFor, type HostContext, isBackend } from "./host-context.ts";

type Rule = LadderRule<RuleValue>;

/**
 * @param main what stands outside of all hosts, and holds in them as well
 * @param above rules that come before; a `ProxyPassReverse` may be meant for them
 */
export function proxyRules(context: HostContext, main: Scope, above: readonly Rule[]): readonly Rule[] {
  const { scope } = context;
  const inside = [scope, ...(scope === main ? [] : [main])].flatMap((each) => locationRules(each, context));
  const inherited = scope === main ? [] : passesOf(main, context);
  const rules = [...inside, ...inherited, ...passesOf(scope, context)];
  for (const reverse of scope.own("proxypassreverse")) noteReverse(reverse, [...above, ...rules], context);
  return rules;
}

function passesOf(scope: Scope, context: HostContext): Rule[] {
  return scope.own("proxypass", "proxypassmatch").flatMap((directive) => {
    const rule =
      directive.name === "proxypass" ? passRule(directive, null, context) : matchRule(directive, context);
    return rule === null ? [] : [rule];
  });
}

function locationRules(scope: Scope, context: HostContext): Rule[] {
  const rules: Rule[] = [];
  for (const section of scope.peek("<location>")) {
    const inner = scope.child(section);
    const path = argument(section, 0);
    for (const directive of inner.own("proxypass")) {
      const rule = path === "~" ? null : passRule(directive, path, context);
      if (rule === null)
        context.findings.note(
          "convert.not_carried",
          directive.head,
          "a pattern as a location is not carried over",
        );
      else rules.unshift(rule);
    }
    for (const reverse of inner.own("proxypassreverse")) noteReverse(reverse, rules, context);
  }
  return rules;
}

/** @param location the path of the section around it, or null */
function passRule(directive: Directive, location: string | null, context: HostContext): Rule | null {
  const offset = location === null ? 0 : -1;
  const from = location ?? argument(directive, 0);
  const url = argument(directive, 1 + offset);
  if (!from.startsWith("/")) return invalid(directive, from, context);
  const text = templateText(from);
  const shape = { kind: "prefix", text, bySegments: true, captures: null } as const;
  if (url === "!") return { ...shape, value: excluded(directive, context) };
  const backend = backendFor(directive, url, from, context);
  if (backend === null) return null;
  if (!isBackend(backend)) return { ...shape, value: answering(backend, directive) };
  noteOptions(directive, 2 + offset, context);
  const rewrite = rewriteOf(directive, text, backend, context);
  return { ...shape, value: proxied(directive, backend.upstream, rewrite, context) };
}

function rewriteOf(
  directive: Directive,
  from: string,
  backend: Backend,
  { findings }: HostContext,
): RewriteIntent | null {
  // `ProxyPass / http://app` would make a host of `app` and the path; nobody means that.
  if (backend.path === "") return withoutPath(directive, from, backend.base, findings);
  const to = backend.base + backend.path;
  if (from !== to && !agrees(from, to)) {
    const bare = from.replace(/\/$/, "");
    const message = `as in httpd, ${quoted(`${bare}/x`)} is sent as ${quoted(to + `${bare}/x`.slice(from.length))}`;
    findings.note("convert.differs", directive.head, message, {
      suggestion: "where that is not meant, both paths end in a slash, or neither does",
    });
  }
  return { kind: "replace", from, to };
}

/** `ProxyPass /x/ http://app` makes one name of `app` and what follows; without the slash it takes `/x` off. */
function withoutPath(
  directive: Directive,
  from: string,
  base: string,
  findings: Findings,
): RewriteIntent | null {
  const to = base.endsWith("/") ? base : `${base}/`;
  if (!from.endsWith("/")) return { kind: "prefix", to };
  const message = "the URL has no slash at its end; it is taken as if it had one";
  findings.note("convert.differs", directive.head, message);
  return from === to ? null : { kind: "replace", from, to };
}

function matchRule(directive: Directive, context: HostContext): Rule | null {
  const source = usablePattern(argument(directive, 0));
  if (!source.ok) {
    context.findings.error("convert.regex", directive.head, `the pattern cannot be used: ${source.error}`);
    return null;
  }
  const shape = { kind: "regex", text: source.value, bySegments: false, captures: null } as const;
  const url = argument(directive, 1);
  if (url === "!") return { ...shape, value: excluded(directive, context) };
  const backend = backendFor(directive, url, null, context);
  if (backend === null) return null;
  if (!isBackend(backend)) return { ...shape, value: answering(backend, directive) };
  noteOptions(directive, 2, context);
  const rewrite = matchRewrite(source.value, backend.base + backend.path);
  return { ...shape, value: proxied(directive, backend.upstream, rewrite, context) };
}

/** Without a `$1`, the request's path goes behind that of the URL. */
function matchRewrite(source: string, path: string): RewriteIntent | null {
  if (/\$[1-9]/.test(path)) return { kind: "regex", source: aroundMatch(source), to: path };
  return path === "" || path === "/" ? null : { kind: "regex", source: "^", to: path.replace(/\/$/, "") };
}

function proxied(
  directive: Directive,
  upstream: string,
  rewrite: RewriteIntent | null,
  { scope, findings }: HostContext,
): RuleValue {
  return {
    action: { kind: "proxy", upstream, rewrite },
    timeouts: passTimeouts(directive, scope, findings),
    limits: {},
    from: directive,
  };
}

function excluded(directive: Directive, { findings }: HostContext): RuleValue {
  const message = "httpd serves this itself, which is not carried over; the answer is 501";
  findings.note("convert.closed", directive.head, message);
  return answering(respondWith(501), directive);
}

function noteOptions(directive: Directive, from: number, { findings }: HostContext): void {
  for (const word of directive.words.slice(from)) {
    const key = word.text.toLowerCase().split("=")[0]!;
    if (key === "timeout" || key === "connectiontimeout") continue;
    const unneeded = UNNEEDED.has(key);
    const message = unneeded
      ? `${quoted(word.text)} was left out: connections to targets are kept and watched anyway`
      : `${quoted(word.text)} is not carried over`;
    findings.note(unneeded ? "convert.not_needed" : "convert.not_carried", word, message);
  }
}

/** Redirects of upstreams are right as long as the path is: they see the name that the client asked for. */
function noteReverse(reverse: Directive, rules: readonly Rule[], { findings }: HostContext): void {
  const path = reverse.words.length > 1 ? argument(reverse, 0) : null;
  const rule = rules.find(
    ({ text, value }) => (path === null || text === path) && value.action.kind === "proxy",
  );
  const changed = rule?.value.action.kind === "proxy" && changesPath(rule.value.action.rewrite);
  if (!changed) {
    const message = `${quoted("ProxyPassReverse")} was left out: upstreams see the client's \`Host\`, so that their redirects are right`;
    findings.note("convert.not_needed", reverse.head, message);
    return;
  }
  const message =
    "redirects of the upstream are passed on as they are, without the prefix that was taken off";
  findings.note("convert.not_carried", reverse.head, message);
}

function changesPath(rewrite: RewriteIntent | null): boolean {
  return rewrite !== null && (rewrite.kind !== "replace" || rewrite.from !== rewrite.to);
}

function invalid(directive: Directive, from: string, { findings }: HostContext): null {
  findings.error("convert.value", directive.head, `${quoted(from)} is not a path`);
  return null;
}

const UNNEEDED = new Set([
  "retry",
  "max",
  "min",
  "smax",
  "acquire",
  "keepalive",
  "disablereuse",
  "enablereuse",
  "flushpackets",
  "flushwait",
  "iobuffersize",
  "responsefieldsize",
  "ping",
  "ttl",
  "nocanon",
  "upgrade",
]);
