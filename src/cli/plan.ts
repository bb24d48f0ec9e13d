/** `portward plan`: what a change of the configuration would do, to routes and to requests, before it is live. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { Diagnostic } from "../config/diagnostics/diagnostic.ts";
import { diagnosticsAsData, renderDiagnostics } from "../config/diagnostics/render.ts";
import { loadConfiguration } from "../config/load.ts";
import { parseHost } from "../config/values/host-name.ts";
import { loadTested } from "../explain/load-tested.ts";
import { makePlan, wouldChange } from "../plan/make-plan.ts";
import { planAsData } from "../plan/report/plan-data.ts";
import { renderPlan } from "../plan/report/render-plan.ts";
import type { LoadedSide } from "../plan/side.ts";
import { trafficFile } from "../plan/traffic/traffic-file.ts";
import { configOption, configPaths } from "./config-paths.ts";
import type { CliContext, Finish } from "./context.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";

interface PlanOptions {
  readonly config?: readonly string[];
  readonly against?: readonly string[];
  readonly traffic?: readonly string[];
  readonly host?: string;
  readonly live: boolean;
  readonly json: boolean;
}

export function planCommand(context: CliContext, finish: Finish): Command {
  return new Command("plan")
    .description("say what a change would do: to routes, and to requests")
    .addOption(configOption())
    .option("--against <path>", "the configuration as it was; may be repeated", addPath)
    .option("--traffic <file>", "requests to compare: an access log or a HAR file; may be repeated", addPath)
    .option("--host <name>", "the host of requests whose log names none", checkHost)
    .addOption(new Option("--live", "compare with a running instance").default(false).hideHelp())
    .option("--json", "the same as data", false)
    .addHelpText("after", AFTER_HELP)
    .action(async (options: PlanOptions) => finish(await plan(options, context)));
}

async function plan(options: PlanOptions, context: CliContext): Promise<ExitCode> {
  const { against, config, json } = options;
  if (options.live) return wrongUsage(NOT_LIVE, context);
  if (against === undefined) return wrongUsage(NOTHING_TO_COMPARE, context);
  const old = await loadConfiguration(against);
  // Tests that fail keep a change from going live, so there would be nothing to plan.
  const fresh = await loadTested(configPaths(config, context.environment));
  if (!old.ok || !fresh.ok) {
    const findings = [old, fresh].flatMap((loaded) => (loaded.ok ? [] : loaded.error));
    return invalid(findings, json, context);
  }
  return compare(old.value, fresh.value, options, context);
}

async function compare(
  old: LoadedSide,
  fresh: LoadedSide,
  { traffic = [], host, json }: PlanOptions,
  context: CliContext,
): Promise<ExitCode> {
  const made = await makePlan(old, fresh, { traffic: traffic.map(trafficFile), host: host ?? null });
  if (!made.ok) return wrongUsage(made.error, context);
  context.out(json ? `${JSON.stringify(planAsData(made.value), null, 2)}\n` : renderPlan(made.value));
  return wouldChange(made.value) ? EXIT.changes : EXIT.done;
}

function wrongUsage(message: string, context: CliContext): ExitCode {
  context.err(`error: ${message}\n`);
  return EXIT.usage;
}

function invalid(findings: readonly Diagnostic[], json: boolean, context: CliContext): ExitCode {
  if (json) {
    context.out(`${JSON.stringify({ ok: false, diagnostics: diagnosticsAsData(findings) }, null, 2)}\n`);
  } else context.err(renderDiagnostics(findings));
  return EXIT.invalid;
}

function addPath(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}

function checkHost(text: string): string {
  const host = parseHost(text);
  if (!host.ok) throw new InvalidArgumentError(`${host.error.message}.`.replaceAll("`", "'"));
  return host.value.includes(":") ? `[${host.value}]` : host.value;
}

const NOTHING_TO_COMPARE = `nothing to compare with
  help: name the configuration as it was with --against, such as a copy or \`git show HEAD:portward.yaml > old.yaml\``;

const NOT_LIVE = `--live needs a running instance that tells its configuration, which this version does not do yet
  help: name the configuration as it was with --against, and recorded requests with --traffic`;

const AFTER_HELP = `
Exit codes: 0 nothing would change, 3 something would, 1 a configuration has errors, 2 wrong usage.
Example: portward plan --config new.yaml --against old.yaml --traffic access.log`;
