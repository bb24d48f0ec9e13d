/**
 * nginx and httpd replace a matched prefix letter by letter, Portward by segments. The two agree as long as both
 * sides end in a slash or neither does; else `/two` with `/` makes `//x` of `/two/x`, and that is kept.
 */
import type { PathPattern, Rewrite } from "../../../routing/route-match.ts";
import { SEGMENT_END } from "./ladder.ts";
import { patternText, replacementText } from "./literal-path.ts";

/** How the path changes, as far as it is known before the form of the route's path is. */
export type RewriteIntent =
  | { readonly kind: "replace"; readonly from: string; readonly to: string }
  | Rewrite;

/** @param path what the route ends up with */
export function settleRewrite(intent: RewriteIntent | null, path: PathPattern): Rewrite | null {
  if (intent === null || intent.kind !== "replace") return intent;
  const { from, to } = intent;
  if (from === to) return null;
  const endsInSegment = path.kind === "regex" && path.source.endsWith(SEGMENT_END);
  const native = path.kind === "exact" || (agrees(from, to) && !endsInSegment);
  if (native) return { kind: "prefix", to };
  return { kind: "regex", source: `^${patternText(from)}`, to: replacementText(to) };
}

/** Whether replacing by letters and by segments is the same. */
export function agrees(from: string, to: string): boolean {
  return from.endsWith("/") === to.endsWith("/");
}
