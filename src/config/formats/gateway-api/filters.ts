/** `filters` of an HTTPRoute rule: rewrites and redirects are carried over, the others are told. */
import { quoted } from "../../diagnostics/wording.ts";
import type { ConfigNode } from "../../source/config-node.ts";
import type { Findings } from "../findings.ts";
import { templateText } from "../http/literal-path.ts";
import type { RewriteIntent } from "../http/replace-prefix.ts";
import type { FieldReader } from "../tree/field-reader.ts";
import type { RouteMatchParts } from "./matches.ts";

export interface RuleFilters {
  readonly rewrite: ConfigNode | null;
  readonly redirect: ConfigNode | null;
  /** A filter that nobody can stand in for: the API asks for an error. */
  readonly isBroken: boolean;
}

export function readFilters(rule: ConfigNode, fields: FieldReader, findings: Findings): RuleFilters {
  let [rewrite, redirect, isBroken]: [ConfigNode | null, ConfigNode | null, boolean] = [null, null, false];
  for (const filter of fields.list(rule, "filters")) {
    const type = fields.text(filter, "type") ?? "";
    if (type === "URLRewrite") rewrite = fields.map(filter, "urlRewrite");
    else if (type === "RequestRedirect") redirect = fields.map(filter, "requestRedirect");
    else {
      const reason = NOT_CARRIED.get(type);
      const code = reason === undefined ? "convert.closed" : "convert.not_carried";
      isBroken ||= reason === undefined;
      findings.note(
        code,
        filter,
        `the filter ${quoted(type)} is not carried over: ${reason ?? "the answer is 501"}`,
      );
      fields.leaveOut(filter);
    }
  }
  return { rewrite, redirect, isBroken };
}

/** What `urlRewrite` makes of the path. */
export function rewriteOf(
  rewrite: ConfigNode,
  { shape }: RouteMatchParts,
  fields: FieldReader,
  findings: Findings,
): RewriteIntent | null {
  const hostname = fields.value(rewrite, "hostname");
  if (hostname !== undefined) {
    const message = "`hostname` is not carried over: upstreams get the name that the client asked for";
    findings.note("convert.not_carried", hostname, message);
  }
  const change = readChange(rewrite, fields);
  if (change === null) return null;
  if (change.kind === "full") return { kind: "full", to: templateText(change.to) };
  if (shape.kind !== "regex") return { kind: "prefix", to: templateText(change.to) };
  findings.error("convert.value", rewrite, "`replacePrefixMatch` needs a path of type PathPrefix");
  return null;
}

/** The Location of `requestRedirect`, one for each path that it takes: those of a prefix keep what follows. */
export interface RedirectPart {
  readonly to: string;
  readonly status: number;
  /** `below`: what follows the prefix is captured as `{rest}`; `exact`: the prefix alone. */
  readonly part: "whole" | "exact" | "below";
}

export function redirectsOf(
  redirect: ConfigNode,
  { shape }: RouteMatchParts,
  port: string,
  fields: FieldReader,
  findings: Findings,
): readonly RedirectPart[] {
  const status = fields.integer(redirect, "statusCode") ?? 302;
  const base = authorityOf(redirect, port, fields);
  const change = readChange(redirect, fields);
  if (change === null) return [{ to: `${base}{path}`, status, part: "whole" }];
  const to = templateText(change.to);
  if (change.kind === "full") return [{ to: `${base}${to}`, status, part: "whole" }];
  if (shape.kind === "regex") {
    findings.error("convert.value", redirect, "`replacePrefixMatch` needs a path of type PathPrefix");
    return [];
  }
  const joined = to.endsWith("/") ? to : `${to}/`;
  if (shape.text === "/") return [{ to: `${base}${joined}{rest}`, status, part: "below" }];
  return [
    { to: `${base}${to === "" ? "/" : to}`, status, part: "exact" },
    { to: `${base}${joined}{rest}`, status, part: "below" },
  ];
}

/** Empty for a Location on the same host. */
function authorityOf(redirect: ConfigNode, listenPort: string, fields: FieldReader): string {
  const scheme = fields.text(redirect, "scheme");
  const hostname = fields.text(redirect, "hostname");
  const port = fields.text(redirect, "port");
  if (scheme === null && hostname === null && port === null) return "";
  const name = scheme ?? "http";
  const usual = name === "https" ? "443" : "80";
  const wanted = port ?? (scheme === null ? listenPort : usual);
  return `${name}://${hostname ?? "{host}"}${wanted === usual ? "" : `:${wanted}`}`;
}

function readChange(
  node: ConfigNode,
  fields: FieldReader,
): { readonly kind: "full" | "prefix"; readonly to: string } | null {
  const path = fields.map(node, "path");
  if (path === null) return null;
  const type = fields.text(path, "type");
  const full = fields.text(path, "replaceFullPath");
  const prefix = fields.text(path, "replacePrefixMatch");
  if (type === "ReplaceFullPath") return { kind: "full", to: full === null || full === "" ? "/" : full };
  return { kind: "prefix", to: prefix === null || prefix === "" ? "/" : prefix };
}

const HEADERS = "header fields are passed on as they are";
const NOT_CARRIED = new Map([
  ["RequestHeaderModifier", HEADERS],
  ["ResponseHeaderModifier", HEADERS],
  ["CORS", HEADERS],
  ["RequestMirror", "requests are not copied"],
]);
