/** `return`: a redirect, or an answer of the server's own. */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import { respondWith } from "../draft/document-draft.ts";
import type { Findings } from "../findings.ts";
import type { RuleAction } from "../http/rule-value.ts";
import { type RedirectSurroundings, redirectTarget } from "./variables.ts";

/** @param scope for the type of a text */
export function readReturn(
  directive: Directive,
  scope: Scope,
  around: RedirectSurroundings,
  findings: Findings,
): RuleAction {
  const first = argument(directive, 0);
  const isCode = /^[0-9]{3}$/.test(first);
  const code = isCode ? Number(first) : 302;
  const text = isCode ? directive.words[1]?.text : first;
  if (text !== undefined && REDIRECTS.has(code)) return redirect(directive, code, text, around, findings);
  if (code === 444) {
    findings.note(
      "convert.differs",
      directive.head,
      "the answer is 403, where nginx closes the connection without one",
    );
    return respondWith(403);
  }
  if (code < 200 || code > 599) {
    findings.error(
      "convert.value",
      directive.head,
      `${quoted(first)} is not a status that can be answered with`,
    );
    return respondWith(500);
  }
  return respond(directive, code, text ?? "", scope, findings);
}

/** The note for a redirect that loses something, shared with `rewrite`. */
export function redirect(
  directive: Directive,
  status: number,
  text: string,
  around: RedirectSurroundings,
  findings: Findings,
): RuleAction {
  const to = redirectTarget(text, around);
  if (!to.ok) return closedBy(directive, to.error, findings);
  if (text.includes("$http_host")) {
    findings.note("convert.differs", directive.head, "`$http_host` has the port in it, and `{host}` has not");
  }
  return { kind: "redirect", to: to.value, status };
}

function respond(
  directive: Directive,
  status: number,
  body: string,
  scope: Scope,
  findings: Findings,
): RuleAction {
  const variable = /\$\{?[a-z0-9_]+/i.exec(body)?.[0];
  if (variable !== undefined) return closedBy(directive, variable, findings);
  const type = scope.inForce("default_type")?.words[0]?.text ?? "text/plain";
  return { kind: "respond", status, headers: body === "" ? {} : { "content-type": type }, body };
}

function closedBy(directive: Directive, variable: string, findings: Findings): RuleAction {
  const message = `the variable ${quoted(variable)} is not carried over here; the answer is 501`;
  findings.note("convert.closed", directive.head, message);
  return respondWith(501);
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
