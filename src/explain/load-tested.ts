/** A configuration that may be served: it loads, and what its own tests ask of it holds. */
import { err, type Result } from "../base/result.ts";
import type { ConfigurationMemory } from "../config/configuration-memory.ts";
import type { Diagnostic } from "../config/diagnostics/diagnostic.ts";
import { type LoadedConfiguration, loadConfiguration } from "../config/load.ts";
import { diskFiles, type FileAccess } from "../config/source/file-access.ts";
import { runTests } from "./run-tests.ts";

/** As `loadConfiguration`, with every expectation that does not hold as an error. */
export async function loadTested(
  paths: readonly string[],
  access: FileAccess = diskFiles,
  memory: ConfigurationMemory | null = null,
): Promise<Result<LoadedConfiguration, Diagnostic[]>> {
  const loaded = await loadConfiguration(paths, access, memory);
  if (!loaded.ok) return loaded;
  const failures = runTests(loaded.value);
  return failures.length === 0 ? loaded : err([...loaded.value.warnings, ...failures]);
}
