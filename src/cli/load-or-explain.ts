/** Loads what a command was given, or prints everything that is wrong with it. */
import { renderDiagnostics } from "../config/diagnostics/render.ts";
import { loadConfiguration } from "../config/load.ts";
import type { Configuration } from "../config/model.ts";
import type { CliContext } from "./context.ts";

/** `null` when the configuration has errors. Warnings are printed in either case. */
export async function loadOrExplain(
  paths: readonly string[],
  context: CliContext,
): Promise<Configuration | null> {
  const loaded = await loadConfiguration(paths);
  context.err(renderDiagnostics(loaded.ok ? loaded.value.warnings : loaded.error));
  return loaded.ok ? loaded.value.configuration : null;
}
