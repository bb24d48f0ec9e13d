/** `portward check`: reads, validates and compiles a configuration, runs its tests, and says what is wrong with it. */
import { Command } from "commander";
import type { Diagnostic } from "../config/diagnostics/diagnostic.ts";
import { diagnosticsAsData, renderDiagnostics } from "../config/diagnostics/render.ts";
import { printable } from "../config/diagnostics/wording.ts";
import { lintMachine } from "../config/lint/machine.ts";
import type { LoadedConfiguration } from "../config/load.ts";
import { diskFiles, type FileAccess } from "../config/source/file-access.ts";
import { loadTested } from "../explain/load-tested.ts";
import { refreshClock } from "../io/real-clock.ts";
import { configOption, configPaths } from "./config-paths.ts";
import type { CliContext, Finish } from "./context.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { type AskMachine, thisMachine } from "./machine-facts.ts";
import { plural } from "./plural.ts";
import { WatchedFiles } from "./watched-files.ts";

export interface CheckOptions {
  /** Files and directories. */
  readonly paths: readonly string[];
  /** One JSON document on stdout, findings included. */
  readonly json: boolean;
  /** Open each listener for an instant, to see whether it could be. */
  readonly probe: boolean;
}

export type CheckOutput = Pick<CliContext, "out" | "err">;

export function checkCommand(context: CliContext, finish: Finish): Command {
  return new Command("check")
    .description("say what is wrong with a configuration, without serving it")
    .addOption(configOption())
    .option("--json", "findings as JSON on standard output", false)
    .option("--probe", "also try to listen, here and now, where the configuration does", false)
    .option("--watch", "check again whenever a file is saved, until Ctrl-C", false)
    .action(async ({ config, json, probe, watch }: CheckWords) => {
      const options = { paths: configPaths(config, context.environment), json, probe };
      finish(watch ? await watchChecks(options, context) : await runCheck(options, context));
    });
}

interface CheckWords {
  readonly config?: readonly string[];
  readonly json: boolean;
  readonly probe: boolean;
  readonly watch: boolean;
}

/** Gives the exit code: 0 when the configuration could be served, 1 when it has errors or a test fails. */
export async function runCheck(
  options: CheckOptions,
  output: CheckOutput,
  files: FileAccess = diskFiles,
  askMachine: AskMachine = thisMachine,
): Promise<ExitCode> {
  const loaded = await loadTested(options.paths, files);
  const findings = loaded.ok
    ? [
        ...loaded.value.warnings,
        ...(await certificateFindings(loaded.value, files)),
        ...(await machineFindings(loaded.value, options.probe, askMachine)),
      ]
    : loaded.error;
  const ok = loaded.ok && !findings.some(isError);
  const summary = loaded.ok && ok ? countsOf(loaded.value) : null;
  if (options.json) {
    output.out(`${JSON.stringify({ ok, ...summary, diagnostics: diagnosticsAsData(findings) }, null, 2)}\n`);
  } else {
    output.err(renderDiagnostics(findings));
    if (summary !== null) output.out(`ok: ${describe(summary)}\n`);
    else output.err(`${plural(findings.filter(isError).length, "error")}\n`);
  }
  return ok ? EXIT.done : EXIT.invalid;
}

/** Of a configuration without TLS nothing is asked, and nothing is loaded. */
async function certificateFindings(
  { configuration, provenance }: LoadedConfiguration,
  files: FileAccess,
): Promise<Diagnostic[]> {
  const { listeners, upstreams, settings } = configuration;
  if ([...listeners, ...upstreams, settings.admin].every(({ tls }) => tls === null)) return [];
  const { checkCertificates } = await import("../certificates/check-certificates.ts");
  return checkCertificates(configuration, provenance, files, Date.now());
}

async function machineFindings(
  { configuration, provenance }: LoadedConfiguration,
  probe: boolean,
  askMachine: AskMachine,
): Promise<Diagnostic[]> {
  const { listeners } = configuration;
  return lintMachine(listeners, provenance, await askMachine(listeners, probe));
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** One check after the other; SIGINT and SIGTERM end it. What is said between two goes to stderr. */
async function watchChecks(options: CheckOptions, context: CliContext): Promise<ExitCode> {
  const stop = new AbortController();
  const forget = (["SIGINT", "SIGTERM"] as const).map((each) => context.onSignal(each, () => stop.abort()));
  const files = new WatchedFiles(diskFiles);
  for (let changed: string | null = ""; changed !== null; changed = await files.changed(stop.signal)) {
    if (changed !== "") context.err(`\n${printable(changed)} has changed\n`);
    const startedMs = refreshClock();
    await runCheck(options, context, files.access);
    const tookMs = Math.ceil(refreshClock() - startedMs);
    context.err(`checked in ${tookMs} ms; watching for changes (Ctrl-C ends)\n`);
  }
  for (const each of forget) each();
  return EXIT.done;
}

interface Counts {
  readonly routes: number;
  readonly listeners: number;
  readonly tests: number;
}

function countsOf({ configuration, tests }: LoadedConfiguration): Counts {
  const { routes, listeners } = configuration;
  return { routes: routes.length, listeners: listeners.length, tests: tests.length };
}

function describe({ routes, listeners, tests }: Counts): string {
  const held = tests === 0 ? "" : `, ${plural(tests, "test")} passed`;
  return `${plural(routes, "route")} on ${plural(listeners, "listener")}${held}`;
}
