/** What routes ask for, in words. */
import type { PathPattern, RouteMatch, ValueMatch, ValuePattern } from "../../routing/route-match.ts";

export function pathText(path: PathPattern): string {
  switch (path.kind) {
    case "prefix":
      return `prefix ${path.template}`;
    case "exact":
      return `exactly ${path.path}`;
    case "regex":
      return `pattern ${path.source}`;
  }
}

/** Path, methods, headers and query: `prefix /api, GET or POST, x-canary: 1`. */
export function matchText({ path, methods, headers, query }: RouteMatch): string {
  const asked = [
    ...(methods.length === 0 ? [] : [methods.join(" or ")]),
    ...headers.map(headerText),
    ...query.map(queryText),
  ];
  return [pathText(path), ...asked].join(", ");
}

export function headerText({ name, value }: ValueMatch): string {
  return `${name}: ${valueText(value)}`;
}

export function queryText({ name, value }: ValueMatch): string {
  return `?${name}=${valueText(value)}`;
}

export function valueText(value: ValuePattern): string {
  switch (value.kind) {
    case "exact":
      return value.value;
    case "regex":
      return `/${value.source}/`;
    case "present":
      return "(any)";
  }
}
