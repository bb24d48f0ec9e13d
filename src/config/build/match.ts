/** What a route asks of a request, from its keys. */
import type { PathPattern, RouteMatch, ValueMatch } from "../../routing/route-match.ts";
import { diagnose } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import type { GrpcMatch } from "../schema/grpc-match.ts";
import type { HttpRouteInput } from "../schema/route.ts";
import { type ConfigNode, valueAt } from "../source/config-node.ts";

/** Null after findings. */
export function matchOf(node: ConfigNode, route: HttpRouteInput, found: DiagnosticList): RouteMatch | null {
  const headers = route.headers ?? [];
  const common = { hosts: unique(route.host ?? []), query: route.query ?? [] };
  if (route.grpc !== undefined) {
    if (reportTwice(node, found)) return null;
    return { ...common, path: pathOf(route.grpc), methods: ["POST"], headers: [...headers, typeOf(route)] };
  }
  if (route.path === undefined) {
    const suggestion = "add `path: /` for all paths";
    found.add(diagnose("config.missing_key", node, "an http route has no `path`", { suggestion }));
    return null;
  }
  return { ...common, path: route.path, methods: unique(route.methods ?? []), headers };
}

/** A call's path and method follow from its service. */
function reportTwice(node: ConfigNode, found: DiagnosticList): boolean {
  const twice = ["path", "methods"].filter((key) => valueAt(node, key) !== undefined);
  for (const key of twice) {
    found.add(diagnose("config.conflict", valueAt(node, key)!, `\`grpc\` says already what \`${key}\` says`));
  }
  return twice.length > 0;
}

/** Names have no byte that a path would have to escape. */
function pathOf({ service, method }: GrpcMatch): PathPattern {
  if (method === null) return { kind: "prefix", template: `/${service}` };
  return { kind: "exact", path: `/${service}/${method}` };
}

function typeOf({ filters }: HttpRouteInput): ValueMatch {
  return (filters ?? null) === null ? GRPC_TYPE : GRPC_OR_WEB_TYPE;
}

export function unique(words: readonly string[]): string[] {
  return words.length < 2 ? [...words] : [...new Set(words)];
}

/** `application/grpc`, with and without an encoding or parameters; not gRPC-Web. */
const GRPC_TYPE: ValueMatch = {
  name: "content-type",
  value: { kind: "regex", source: "^application/grpc([+;].*)?$" },
};

/** On a route with `grpc_web` they come as calls of either kind. */
const GRPC_OR_WEB_TYPE: ValueMatch = {
  name: "content-type",
  value: { kind: "regex", source: "^application/grpc(-web(-text)?)?([+;].*)?$" },
};
