/**
 * `/api/` does not take `/api`. Who writes the one mostly means both, and notices when somebody leaves out the slash:
 * the request then goes to a less specific route, or is not found.
 */
import { parseExactPath, parseTemplate } from "../../routing/path-template.ts";
import type { PathPattern } from "../../routing/route-match.ts";
import type { RoutedRequest } from "../../routing/router.ts";
import type { BuiltRoute } from "../build/routes.ts";
import { diagnose } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { HttpRouteModel } from "../model.ts";
import { valueAt } from "../source/config-node.ts";
import type { LintSubject } from "./subject.ts";
import { pathFor, requestsFor } from "./witness.ts";

export function reportSlashes(subject: LintSubject): void {
  for (const route of subject.httpRoutes) {
    const { path } = route.model.match;
    const withoutSlash = path.kind === "prefix" ? bareTemplate(path.template) : null;
    const taker = withoutSlash === null ? "asked for" : takerOf(route, withoutSlash, subject);
    if (taker === "asked for") continue;
    const instead = taker === null ? "gets 404" : `goes to ${quoted(taker.label)}`;
    const message = `${quoted(templateOf(path))} does not take ${quoted(withoutSlash!)}, which ${instead}`;
    const suggestion = `write \`${withoutSlash}\` for both, or add a route for it`;
    const place = valueAt(route.node, "path") ?? route.node;
    subject.found.add(diagnose("route.slash", place, message, { suggestion }));
  }
}

/** The path without its final slash; null when it has none, or is the root. Who writes `{*rest}` has thought of it. */
function bareTemplate(template: string): string | null {
  return template.length > 1 && template.endsWith("/") ? template.slice(0, -1) : null;
}

/** Who takes the path without its slash, unless somebody has thought of it, on any listener and host. */
function takerOf(
  { model }: BuiltRoute<HttpRouteModel>,
  bare: string,
  { routers, effort }: LintSubject,
): HttpRouteModel | null | "asked for" {
  const path = pathFor({ ...model.match, path: { kind: "prefix", template: bare } }, effort);
  const requests = path === null ? [] : requestsFor(model.match, path, effort);
  const takers = model.listeners.flatMap((listener) =>
    requests.map((request) => routers.get(listener)?.match(request)?.value ?? null),
  );
  if (takers.length === 0 || takers.some((taker) => isMeantFor(taker, bare, requests[0]))) return "asked for";
  return takers[0]!;
}

function isMeantFor(taker: HttpRouteModel | null, bare: string, request: RoutedRequest | undefined): boolean {
  if (taker === null) return false;
  const { path } = taker.match;
  if (path.kind === "regex") return true;
  if (path.kind === "exact") {
    const exact = parseExactPath(path.path);
    return exact.ok && exact.value === request?.path;
  }
  return shapeOf(path.template) === shapeOf(bare);
}

/** Names of captures make no difference. */
function shapeOf(template: string): string | null {
  const parsed = parseTemplate(template);
  return parsed.ok ? JSON.stringify([parsed.value.segments, parsed.value.below]) : null;
}

function templateOf(path: PathPattern): string {
  return path.kind === "prefix" ? path.template : "";
}
