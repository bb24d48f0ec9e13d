/**
 * Paths at which a pattern's match begins and ends: with and without the slash, what lies beside and below, encoded
 * and dotted spellings. They are what people get wrong: `/api/` for `/api`, `/api` for `/apix`.
 */
import { parseExactPath, parseTemplate } from "../../routing/path-template.ts";
import type { PathPattern } from "../../routing/route-match.ts";
import { type Samples, textOf } from "../samples.ts";

/** The first is the plainest that the pattern takes. Empty when none could be found for a regex. */
export function pathEdges(pattern: PathPattern, samples: Samples): string[] {
  switch (pattern.kind) {
    case "exact": {
      const exact = parseExactPath(pattern.path);
      return exact.ok ? around(exact.value, false) : [];
    }
    case "prefix":
      return templateEdges(pattern.template);
    case "regex": {
      const found = textOf(samples.path([pattern.source]));
      return found === null ? [] : around(found, false);
    }
  }
}

function templateEdges(template: string): string[] {
  const parsed = parseTemplate(template);
  if (!parsed.ok) return [];
  const { segments, below } = parsed.value;
  if (segments.length === 0) return around("/", false);
  const spelled = (capture: string) => `/${segments.map((segment) => segment ?? capture).join("/")}`;
  const edges = around(spelled(SAMPLE), below);
  if (!segments.includes(null)) return edges;
  return [...new Set([...edges, spelled("a%2Fb"), spelled("")])];
}

/** @param isBelow the pattern takes only what goes on with a slash */
function around(path: string, isBelow: boolean): string[] {
  const bare = path.endsWith("/") ? path.slice(0, -1) : path;
  const parent = bare.slice(0, bare.lastIndexOf("/"));
  const plain = isBelow ? [`${bare}/x`, bare] : [path, ...(path === bare ? [] : [bare])];
  return [
    ...plain,
    `${bare}/`,
    `${bare}/x`,
    `${bare}/x/y`,
    ...(bare === "" ? [] : [`${bare}x`, `${bare}%2Fx`, encoded(bare), bare.toUpperCase(), `${parent}/`]),
    `${bare}//x`,
    `${bare}/./x`,
    `${bare}/x/../y`,
    `${bare}/../x`,
    `${bare}/%2e%2e/x`,
    `${bare}/x?q=1&r=%2F`,
  ].filter((each, index, all) => each !== "" && all.indexOf(each) === index);
}

/** The first letter of the last segment as an escape, which is the same path. */
function encoded(path: string): string {
  const at = path.lastIndexOf("/") + 1;
  if (!/[A-Za-z0-9]/.test(path[at] ?? "")) return path;
  return `${path.slice(0, at)}%${path.charCodeAt(at).toString(16)}${path.slice(at + 1)}`;
}

/** What stands for a captured segment. */
const SAMPLE = "42";
