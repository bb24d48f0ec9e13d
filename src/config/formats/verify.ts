/**
 * Holds a finished conversion against the loader that will read it, so that nothing is handed out that `check` would
 * refuse. What it says is told at the line of the foreign file that it stems from.
 */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { parseConfiguration } from "../load.ts";
import { type Place, placeAt } from "../source/source-text.ts";
import type { DocumentDraft, RouteDraft } from "./draft/document-draft.ts";
import { type Part, type WrittenYaml, writeYaml } from "./draft/write-yaml.ts";
import type { Findings } from "./findings.ts";

/**
 * The text of the drafts, or null after an error. Routes that no request reaches are left out: the foreign program
 * does not mind them, and `check` does.
 * @param fallback for what is about no part in particular
 */
export function writeVerified(
  documents: readonly DocumentDraft[],
  heading: string,
  fallback: Place,
  findings: Findings,
): string | null {
  let drafts = documents;
  for (;;) {
    const written = writeYaml(drafts, findings.notes, heading);
    const loaded = parseConfiguration("converted.yaml", written.text);
    const found = loaded.ok ? loaded.value.warnings : loaded.error;
    const unreachable = unreachableRoutes(found, written, findings);
    if (unreachable.size === 0) {
      for (const each of found) report(each, partOf(each, written)?.from ?? fallback, findings);
      return loaded.ok ? written.text : null;
    }
    drafts = drafts.map((draft) => ({
      ...draft,
      routes: draft.routes.filter((route) => !unreachable.has(route)),
    }));
  }
}

function unreachableRoutes(
  found: readonly Diagnostic[],
  written: WrittenYaml,
  findings: Findings,
): ReadonlySet<RouteDraft> {
  const routes = new Set<RouteDraft>();
  for (const each of found) {
    const part = each.code === "route.unreachable" ? partOf(each, written) : undefined;
    if (part === undefined || !("kind" in part)) continue;
    routes.add(part);
    const message = "it was left out: what comes before it takes all of its requests";
    findings.note("convert.unreachable", startOf(part.from), message);
  }
  return routes;
}

function report(found: Diagnostic, place: Place, findings: Findings): void {
  const extras = { suggestion: found.suggestion };
  const message = `${found.message} (${found.code})`;
  if (found.severity === "error") findings.error("convert.result", startOf(place), message, extras);
  else if (!MEANT.has(found.code)) findings.note("convert.check", startOf(place), message, extras);
}

function partOf({ origin }: Diagnostic, { parts }: WrittenYaml): Part | undefined {
  return parts.get(origin.line);
}

/** A caret under a whole block would underline its first line by chance. */
function startOf(place: Place): Place {
  return placeAt(place.source, place.start);
}

/** That the order of patterns decides, and that `/a` is not `/a/`, is how the foreign program had it. */
const MEANT: ReadonlySet<string> = new Set(["route.order", "route.slash"]);
