/** Loads what a command was given, or prints everything that is wrong with it. */
import type { ConfigurationMemory } from "../config/configuration-memory.ts";
import { renderDiagnostics } from "../config/diagnostics/render.ts";
import type { LoadedConfiguration } from "../config/load.ts";
import { diskFiles, type FileAccess } from "../config/source/file-access.ts";
import { loadTested } from "../explain/load-tested.ts";
import type { CliContext } from "./context.ts";

/** `null` when the configuration has errors or one of its tests fails. Warnings are printed in either case. */
export async function loadOrExplain(
  paths: readonly string[],
  context: CliContext,
  files: FileAccess = diskFiles,
  memory: ConfigurationMemory | null = null,
): Promise<LoadedConfiguration | null> {
  const loaded = await loadTested(paths, files, memory);
  context.err(renderDiagnostics(loaded.ok ? loaded.value.warnings : loaded.error));
  return loaded.ok ? loaded.value : null;
}
