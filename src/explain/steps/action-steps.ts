/** What the route does: the path changed on its way upstream, or an answer of the proxy's own. */
import { ERRORS, type ErrorCode } from "../../base/proxy-error.ts";
import type { HttpRouteModel } from "../../config/model.ts";
import type { ValueSource } from "../../config/provenance.ts";
import { RequestView } from "../../exchange/request-view.ts";
import { errorAnswer } from "../../pipeline/own-answer.ts";
import { PEER_FAULTS, type PeerFault } from "../../protocol/http/peer-fault.ts";
import type { Rewrite } from "../../routing/route-match.ts";
import type { Outcome } from "../decision.ts";
import { type Matter, type Step, step } from "./step.ts";

export function captureSteps({ decision }: Matter): Step[] {
  const captures = Object.entries(decision.http?.hit?.captures ?? {});
  return captures.map(([name, value]) =>
    step("capture", `{${name}} is ${value === "" ? "empty" : value}`, { facts: { name, value } }),
  );
}

/** Nothing when the path goes on as it was matched. */
export function rewriteSteps({ decision, routes, provenance }: Matter): Step[] {
  const { outcome, http, route } = decision;
  const model = route === null ? undefined : (routes.get(route) as HttpRouteModel);
  if (model?.action.kind !== "proxy" || model.action.rewrite === null) return [];
  const after = outcome.kind === "forwarded" ? outcome.sent.path : null;
  if (after === null && !isPathFault(outcome)) return [];
  const { path } = RequestView.of(http!.head, http!.client)!;
  return [
    step("rewrite", after === null ? `${path} would become no normal path` : `${path} becomes ${after}`, {
      remark: rewriteText(model.action.rewrite, path.slice(0, http!.hit!.matchedLength)),
      source: provenance.route(model.label, "rewrite"),
      facts: { before: path, after },
    }),
  ];
}

function isPathFault(outcome: Outcome): boolean {
  return outcome.kind === "refused" && outcome.error.rule === ("pathEscape" satisfies PeerFault);
}

/** A redirect, a fixed answer, or an OPTIONS that ends here. */
export function answeredStep(outcome: Outcome & { kind: "answered" }, matter: Matter): Step {
  const { decision, routes, provenance } = matter;
  const { action, label } = routes.get(decision.route!) as HttpRouteModel;
  const { status, fields, body } = outcome;
  const location = fields.find(([name]) => name === "Location")?.[1];
  if (action.kind === "redirect" && location !== undefined) {
    const facts = { status, location };
    return step("redirect", `${status} to ${location}`, {
      source: provenance.route(label, "redirect"),
      facts,
    });
  }
  const compiled = decision.http!.hit!.value.action;
  if (fields.some(([name]) => name === "Access-Control-Allow-Origin")) {
    const text = `${status}: a page of that origin may make the call that it asks about`;
    return step("answer", text, { source: provenance.route(label, "filters"), facts: { status } });
  }
  if (compiled.kind !== "respond" || compiled.body !== body) {
    return step("answer", `${status}: Max-Forwards is 0, so the proxy itself is asked`, {
      facts: { status },
    });
  }
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  const length = body.length === 0 ? "no body" : `a body of ${body.length} bytes`;
  return step("respond", `${status}, ${length}`, {
    remark: lines.join("\n"),
    source: provenance.route(label, "respond"),
    facts: { status, fields: lines, body: body.toString() },
  });
}

/** The answer as it would be sent; of failures other than 404 the code, which stands in the body beside more. */
export function refusedStep(outcome: Outcome & { kind: "refused" }, matter: Matter): Step {
  const { error, status } = outcome;
  const { notFoundMessage } = matter.configuration.settings;
  const body = errorAnswer(
    error,
    status!,
    matter.decision.http!.requestId,
    notFoundMessage,
    0,
  ).body.toString();
  const isNotFound = error.code === "route.not_found";
  const rule = error.rule === null ? "" : ` (${error.rule})`;
  return step("answer", isNotFound ? `${status} ${body}` : `${status} ${error.code}${rule}`, {
    remark: isNotFound ? null : reasonOf(error.code, error.rule),
    source: refusalSource(error.code, matter),
    facts: { status, error: error.code, rule: error.rule, body },
  });
}

function reasonOf(code: ErrorCode, rule: string | null): string {
  return Object.entries(PEER_FAULTS).find(([name]) => name === rule)?.[1] ?? ERRORS[code].text;
}

/** Where the limit that was exceeded, or the text of the answer, comes from. */
function refusalSource(code: ErrorCode, { decision, provenance }: Matter): ValueSource | null {
  const { route } = decision;
  if (code === "route.not_found") return provenance.setting("not_found_message");
  if (code === "upstream.no_target") return null;
  const key = LIMIT_KEYS.get(code);
  if (key === undefined) return null;
  return route === null ? provenance.setting("limits", key) : provenance.inForce(route, "limits", key);
}

function rewriteText(rewrite: Rewrite, matched: string): string {
  switch (rewrite.kind) {
    case "prefix":
      return `the matched ${matched === "" ? "prefix" : matched} is replaced by ${rewrite.to}`;
    case "full":
      return `the whole path is replaced by ${rewrite.to}`;
    case "regex":
      return `what ${rewrite.source} matches is replaced by ${rewrite.to}`;
  }
}

const LIMIT_KEYS = new Map<ErrorCode, string>([
  ["limit.head_bytes", "head"],
  ["limit.field_count", "fields"],
  ["limit.line_bytes", "line"],
  ["limit.body_bytes", "body"],
]);
