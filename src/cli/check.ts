/** `portward check`: reads, validates and compiles a configuration, and says what is wrong with it. */
import { Command } from "commander";
import { diagnosticsAsData, renderDiagnostics } from "../config/diagnostics/render.ts";
import { loadConfiguration } from "../config/load.ts";
import type { Configuration } from "../config/model.ts";
import { configOption, configPaths } from "./config-paths.ts";
import type { CliContext, Finish } from "./context.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";

export interface CheckOptions {
  /** Files and directories. */
  readonly paths: readonly string[];
  /** One JSON document on stdout, findings included. */
  readonly json: boolean;
}

export type CheckOutput = Pick<CliContext, "out" | "err">;

export function checkCommand(context: CliContext, finish: Finish): Command {
  return new Command("check")
    .description("say what is wrong with a configuration, without serving it")
    .addOption(configOption())
    .option("--json", "findings as JSON on standard output", false)
    .action(async (options: { config?: readonly string[]; json: boolean }) => {
      const paths = configPaths(options.config, context.environment);
      finish(await runCheck({ paths, json: options.json }, context));
    });
}

/** Gives the exit code: 0 when the configuration could be served, 1 when it has errors. */
export async function runCheck(options: CheckOptions, output: CheckOutput): Promise<ExitCode> {
  const loaded = await loadConfiguration(options.paths);
  const findings = loaded.ok ? loaded.value.warnings : loaded.error;
  const summary = loaded.ok ? countsOf(loaded.value.configuration) : null;
  if (options.json) {
    output.out(
      `${JSON.stringify({ ok: loaded.ok, ...summary, diagnostics: diagnosticsAsData(findings) }, null, 2)}\n`,
    );
  } else {
    output.err(renderDiagnostics(findings));
    if (summary !== null)
      output.out(`ok: ${plural(summary.routes, "route")} on ${plural(summary.listeners, "listener")}\n`);
    else output.err(`${plural(findings.filter(({ severity }) => severity === "error").length, "error")}\n`);
  }
  return loaded.ok ? EXIT.done : EXIT.invalid;
}

function countsOf({ routes, listeners }: Configuration): { routes: number; listeners: number } {
  return { routes: routes.length, listeners: listeners.length };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
