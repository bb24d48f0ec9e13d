/** Rules and requests with all that a test does not care about left out. */
import type { PathPattern, RouteMatch, ValueMatch } from "../route-match.ts";
import type { RoutedRequest, RouteRule } from "../router.ts";

/** @param path a template; `=/x` is exact, `~x` a regex */
export function rule(label: string, path: string, match: Partial<RouteMatch> = {}): RouteRule<string> {
  const whole = { hosts: [], path: pathOf(path), methods: [], headers: [], query: [], ...match };
  return { label, value: label, match: whole };
}

export function pathOf(text: string): PathPattern {
  if (text.startsWith("=")) return { kind: "exact", path: text.slice(1) };
  if (text.startsWith("~")) return { kind: "regex", source: text.slice(1) };
  return { kind: "prefix", template: text };
}

/** Values by name; `*` is any, `~x` a regex. */
export function values(byName: Readonly<Record<string, string>>): ValueMatch[] {
  return Object.entries(byName).map(([name, text]) => {
    if (text === "*") return { name, value: { kind: "present" } };
    if (text.startsWith("~")) return { name, value: { kind: "regex", source: text.slice(1) } };
    return { name, value: { kind: "exact", value: text } };
  });
}

/** @param target host, path and query as in a URL: `shop.example/a?b` */
export function request(
  target: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): RoutedRequest {
  const slash = target.indexOf("/");
  const [path, ...query] = target.slice(slash).split("?");
  const fields = new Map(Object.entries(headers));
  return {
    host: target.slice(0, slash),
    path: path!,
    query: query.join("?"),
    method,
    header: (name) => fields.get(name) ?? null,
  };
}
