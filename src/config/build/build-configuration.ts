/**
 * Documents to one configuration: taken apart, merged, names resolved, then looked at as a whole. Goes on after
 * mistakes as far as their parts allow, so that one run tells everything; a model comes out only when there
 * is nothing to tell but warnings.
 */
import type { ConfigurationMemory } from "../configuration-memory.ts";
import { diagnose, diagnoseFile, relatedAt } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { quoted } from "../diagnostics/wording.ts";
import { lintRoutes, lintWhole } from "../lint/lint.ts";
import type { LintSubject } from "../lint/subject.ts";
import type { Configuration, ConfiguredTest } from "../model.ts";
import { Provenance } from "../provenance.ts";
import { type ConfigNode, valueAt } from "../source/config-node.ts";
import type { SourceDocument } from "../source/read-files.ts";
import type { Place } from "../source/source-text.ts";
import { reportUnknownRoutes } from "./access-logs.ts";
import { certifiedHere } from "./certified-here.ts";
import { reportCollisions } from "./collisions.ts";
import { type DocumentParts, takeApart } from "./document-parts.ts";
import { httpsRedirects } from "./https-only.ts";
import { ListenerTable } from "./listeners.ts";
import { type BuiltRoute, buildRoute, isHttp, type RouteSurroundings } from "./routes.ts";
import { type BuiltSettings, buildSettings } from "./settings.ts";
import { buildTest } from "./tests.ts";
import { UpstreamTable } from "./upstreams.ts";

export interface BuiltConfiguration {
  readonly configuration: Configuration;
  readonly tests: readonly ConfiguredTest[];
  readonly provenance: Provenance;
}

/**
 * Null when `found` has errors afterwards.
 * @param files what was read, for a finding about nothing in particular
 * @param state a directory for what must outlast the process
 * @param memory of the configuration that was built before
 */
export function buildConfiguration(
  documents: readonly SourceDocument[],
  files: readonly string[],
  state: string,
  found: DiagnosticList,
  memory: ConfigurationMemory | null = null,
): BuiltConfiguration | null {
  const routeMemory = memory?.routes ?? null;
  const parts = documents.flatMap((document) => takeApart(document, found, routeMemory) ?? []);
  reportDuplicateNames(parts, found);
  const built = settingsOf(parts, state, found, memory);
  const listeners = new ListenerTable(
    parts.flatMap((part) => part.listeners),
    { acme: built.settings.acme, isWritten: valueAt(built.node ?? undefined, "acme") !== undefined },
    found,
  );
  const upstreams = new UpstreamTable(
    parts.flatMap((part) => part.upstreams),
    found,
  );
  const around = { ...built, listeners, upstreams, found, memory: routeMemory };
  const written = parts.flatMap((part) => part.routes).flatMap((part) => buildRoute(part, around) ?? []);
  for (const part of parts) secureDocument(part, listeners);
  const routes = [...written, ...httpsRedirects(around)];
  const routers = reportCollisions(routes, found, routeMemory);
  const tests = buildTests(parts, upstreams, found);
  reportUnknownRoutes(built, parts, found);
  const used = listeners.finish();
  const subject = lintSubject(parts, { ...around, routes, routers, used });
  lintRoutes(subject);
  if (found.errorCount === 0 && routes.length === 0) found.add(noRoutes(parts, files));
  if (found.errorCount === 0) lintWhole(subject);
  if (found.errorCount > 0) return null;
  // With mistakes around, most unused names are consequences.
  listeners.reportUnused();
  upstreams.reportUnused();
  const configuration = certifiedHere({
    settings: built.settings,
    listeners: used,
    upstreams: upstreams.finish(),
    routes: routes.map(({ model }) => model),
  });
  return { configuration, tests, provenance: provenanceOf(parts, built, routes, listeners) };
}

function settingsOf(
  parts: readonly DocumentParts[],
  state: string,
  found: DiagnosticList,
  memory: ConfigurationMemory | null,
): BuiltSettings {
  const nodes = parts.flatMap(({ settings }) => settings ?? []);
  const built = buildSettings(nodes, state, found);
  return memory === null ? built : { ...built, settings: memory.steady(built.settings) };
}

interface Built extends RouteSurroundings {
  readonly routes: readonly BuiltRoute[];
  readonly routers: LintSubject["routers"];
  readonly used: LintSubject["listeners"];
}

function lintSubject(parts: readonly DocumentParts[], built: Built): LintSubject {
  const { routes, routers, used, listeners, upstreams, settings, node, found } = built;
  const named = byName(parts.flatMap((part) => part.upstreams));
  const inline = byLabel(parts.flatMap((part) => part.routes));
  return {
    routes,
    httpRoutes: routes.filter(isHttp),
    routers,
    listeners: used,
    listenerPlaces: listeners.places(),
    tls: listeners.tlsModels(),
    upstreams: new Map(upstreams.finish().map((each) => [each.name, each])),
    upstreamNodes: new Map([...inline, ...named]),
    settings: node,
    acme: settings.acme,
    found,
    effort: { states: LINT_EFFORT },
  };
}

/** TLS of a document, for the listeners that it defines and those that its routes name. */
function secureDocument({ tls, listeners: defined, routes }: DocumentParts, listeners: ListenerTable): void {
  if (tls === null) return;
  const named = defined.map(({ name, key }) => listeners.find({ kind: "name", name }, key));
  const used = routes.flatMap(({ value, node }) =>
    (value?.listen ?? []).map((reference) => listeners.find(reference, node)),
  );
  for (const draft of new Set([...named, ...used])) {
    if (draft !== null) listeners.secure(draft, tls.value, tls.node);
  }
}

/** What a test names must exist: a slip in `not_route` would make a test that always passes. */
function buildTests(
  parts: readonly DocumentParts[],
  upstreams: UpstreamTable,
  found: DiagnosticList,
): ConfiguredTest[] {
  const routes = new Set(parts.flatMap((part) => part.routes.map(({ label }) => label)));
  const names = { routes, upstreams: upstreams.names() };
  return parts.flatMap((part) => part.tests).map((test) => buildTest(test, names, found));
}

function provenanceOf(
  parts: readonly DocumentParts[],
  { node }: BuiltSettings,
  routes: readonly BuiltRoute[],
  listeners: ListenerTable,
): Provenance {
  return new Provenance({
    settings: node,
    listenerPlaces: listeners.places(),
    tls: listeners.tlsPlaces(),
    listeners: byName(parts.flatMap(({ listeners }) => listeners)),
    upstreams: byName(parts.flatMap(({ upstreams }) => upstreams)),
    routes: new Map(routes.map((route) => [route.model.label, route.node])),
    tests: byLabel(parts.flatMap(({ tests }) => tests)),
  });
}

function byName(parts: readonly { name: string; node: ConfigNode }[]): Map<string, ConfigNode> {
  return new Map(parts.map(({ name, node }) => [name, node]));
}

function byLabel(parts: readonly { label: string; node: ConfigNode }[]): Map<string, ConfigNode> {
  return new Map(parts.map(({ label, node }) => [label, node]));
}

function reportDuplicateNames(parts: readonly DocumentParts[], found: DiagnosticList): void {
  const documents = parts.map(({ name, namePlace }) => ({ name, place: namePlace }));
  reportDuplicates("document", documents, found);
  for (const [what, key] of [
    ["listener", "listeners"],
    ["upstream", "upstreams"],
  ] as const) {
    const named = parts.flatMap((part) => part[key].map(({ name, key: place }) => ({ name, place })));
    reportDuplicates(what, named, found);
  }
}

function reportDuplicates(
  what: string,
  named: readonly { name: string; place: Place }[],
  found: DiagnosticList,
): void {
  const seen = new Map<string, Place>();
  for (const { name, place } of named) {
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, place);
      continue;
    }
    const related = [relatedAt(first, "first defined here")];
    found.add(
      diagnose("config.duplicate_name", place, `another ${what} is named ${quoted(name)}`, { related }),
    );
  }
}

function noRoutes(parts: readonly DocumentParts[], files: readonly string[]) {
  const suggestion = 'add `routes: [{ listen: 5000, path: /, targets: ["127.0.0.1:3000"] }]`';
  const [first] = parts;
  const message = "the configuration has no routes, so there is nothing to serve";
  if (first === undefined) return diagnoseFile("config.no_routes", files[0] ?? "(none)", message, suggestion);
  return diagnose("config.no_routes", first.namePlace, message, { suggestion });
}

/** For all proofs about patterns together: a second or two at the worst, and next to nothing in practice. */
const LINT_EFFORT = 30_000;
