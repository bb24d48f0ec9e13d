/**
 * The way from paths to a configuration: find files, read them, build the model. Whatever is in the files,
 * the outcome is a configuration or findings, never an exception. Nothing here changes what is running.
 */
import { err, ok, type Result } from "../base/result.ts";
import { type BuiltConfiguration, buildConfiguration } from "./build/build-configuration.ts";
import type { ConfigurationMemory } from "./configuration-memory.ts";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import { DiagnosticList } from "./diagnostics/diagnostic-list.ts";
import type { Configuration } from "./model.ts";
import { expandReferences } from "./references/expand-references.ts";
import { NO_SOURCES, resolvePart, resolveReferences } from "./references/resolve-references.ts";
import type { Secrets } from "./references/secrets.ts";
import { checkShape } from "./schema/check-shape.ts";
import { documentInclude } from "./schema.ts";
import { type ConfigNode, itemsOf, valueAt } from "./source/config-node.ts";
import { diskFiles, type FileAccess } from "./source/file-access.ts";
import { findFiles } from "./source/find-files.ts";
import { type Inclusion, readDocuments, readFiles, type SourceDocument } from "./source/read-files.ts";
import { stateDirectory } from "./values/state-directory.ts";

/** What serves needs `configuration` alone, and lets go of the rest. */
export interface LoadedConfiguration extends BuiltConfiguration {
  readonly warnings: readonly Diagnostic[];
  /** Whatever shows values of the configuration lets this look over its text. */
  readonly secrets: Secrets;
}

/**
 * Reads and checks everything at `paths`.
 * @param paths files and directories, at least one
 * @param memory of whoever loads again and again; the outcome is the same with and without it
 * @returns on failure all findings, errors and warnings, in the order of the files
 */
export async function loadConfiguration(
  paths: readonly string[],
  access: FileAccess = diskFiles,
  memory: ConfigurationMemory | null = null,
): Promise<Result<LoadedConfiguration, Diagnostic[]>> {
  const found = new DiagnosticList();
  memory?.items.begin();
  const { files, diagnostics } = await findFiles(paths, access);
  found.addAll(diagnostics);
  const inclusions = (root: ConfigNode) => inclusionsOf(root, access, found);
  const read = await readFiles(files, access, found, inclusions, memory?.items);
  const documents = await resolveReferences(read.documents, access, found);
  const state = stateDirectory(access.environment ?? {});
  return finish(documents, read.files.length > 0 ? read.files : files, state, found, memory);
}

/**
 * As `loadConfiguration`, for one file's content that is at hand; its name says whether it is JSON. It stands
 * alone: nothing is included, and no variable is set.
 */
export function parseConfiguration(file: string, text: string): Result<LoadedConfiguration, Diagnostic[]> {
  const found = new DiagnosticList();
  const documents = readDocuments(file, new TextEncoder().encode(text), found).map((each) => ({
    ...each,
    root: expandReferences(each.root, NO_SOURCES, found),
  }));
  return finish(documents, [file], stateDirectory({}), found, null);
}

/** One http route for everything, as `portward proxy --listen ADDR --to TARGET[,TARGET…]` asks for. */
export function configurationForProxy(
  listen: string,
  targets: readonly string[],
): Result<Configuration, Diagnostic[]> {
  // The same words as in a file, so that the same rules and messages hold.
  const text = [
    "name: proxy",
    `listeners: { proxy: { address: ${JSON.stringify(listen)} } }`,
    `routes: [ { listen: proxy, path: /, targets: ${JSON.stringify(targets)} } ]`,
    "",
  ].join("\n");
  const loaded = parseConfiguration("command line", text);
  return loaded.ok ? ok(loaded.value.configuration) : loaded;
}

/** What a document asks to be read as well. References in it are filled in, and those elsewhere not yet. */
async function inclusionsOf(
  root: ConfigNode,
  access: FileAccess,
  found: DiagnosticList,
): Promise<readonly Inclusion[]> {
  const written = valueAt(root, "include");
  if (written === undefined) return [];
  const node = await resolvePart(written, access, found);
  const patterns = checkShape(documentInclude, node, found) ?? [];
  return patterns.map((pattern, index) => ({ pattern, place: itemsOf(node)[index] ?? node }));
}

function finish(
  documents: readonly SourceDocument[],
  files: readonly string[],
  state: string,
  found: DiagnosticList,
  memory: ConfigurationMemory | null,
): Result<LoadedConfiguration, Diagnostic[]> {
  const built = buildConfiguration(documents, files, state, found, memory);
  const findings = found.sorted(files);
  return built === null ? err(findings) : ok({ ...built, warnings: findings, secrets: found.secrets });
}
