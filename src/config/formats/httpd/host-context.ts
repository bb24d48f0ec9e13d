/** What the parts of a host's conversion share. */
import type { Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import { respondWith } from "../draft/document-draft.ts";
import type { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import type { RuleAction } from "../http/rule-value.ts";
import { upstreamName } from "../http/target.ts";
import { parseBackendUrl } from "./backend-url.ts";
import type { Balancers } from "./balancers.ts";

export interface HostContext {
  readonly scope: Scope;
  /** Of the host; null when it has none. */
  readonly name: string | null;
  /** Null when the host is reached in both ways. */
  readonly scheme: "http" | "https" | null;
  readonly port: string | null;
  readonly balancers: Balancers;
  readonly builder: DraftBuilder;
  readonly findings: Findings;
}

export interface Backend {
  readonly upstream: string;
  /** What stands behind the address. */
  readonly path: string;
  /** What a balancer's members have in front of it; empty for most. */
  readonly base: string;
}

/** The upstream for a URL; or an answer of 501 where it cannot be reached; null after an error. */
export function backendFor(
  directive: Directive,
  url: string,
  hint: string | null,
  context: HostContext,
): Backend | RuleAction | null {
  const parsed = parseBackendUrl(url);
  const { name, builder, balancers, findings } = context;
  switch (parsed.kind) {
    case "target": {
      noteHost(directive, `\`Host: ${parsed.authority}\``, context);
      const targets = [{ address: parsed.address, weight: 1 }];
      const wanted = upstreamName(parsed.address, hint, name);
      const upstream = builder.sharedUpstream(parsed.address, wanted, targets, directive.head);
      return { upstream, path: parsed.path, base: "" };
    }
    case "balancer": {
      const used = balancers.use(parsed.name, directive);
      if (used === null) return null;
      noteHost(directive, "the member's name as `Host`", context);
      return { upstream: used.upstream, path: parsed.path, base: used.path };
    }
    case "unserved":
      findings.note("convert.closed", directive.head, `${parsed.why}; the answer is 501`);
      return respondWith(501);
    case "invalid":
      findings.error("convert.value", directive.head, "this is not the URL of a target");
      return null;
  }
}

export function isBackend(found: Backend | RuleAction): found is Backend {
  return "path" in found;
}

function noteHost(directive: Directive, sent: string, { scope, findings }: HostContext): void {
  const preserve = scope.inForce("proxypreservehost");
  if (preserve?.words[0]?.text.toLowerCase() === "on") return;
  const message = `httpd sends ${sent} here; Portward sends the name that the client asked for`;
  findings.note("convert.default", directive.head, message);
}
