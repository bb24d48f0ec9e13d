/** `portward plan`: what a change of the configuration would do, to routes and to requests, before it is live. */
import { Command, InvalidArgumentError } from "commander";
import type { Diagnostic } from "../config/diagnostics/diagnostic.ts";
import { diagnosticsAsData, renderDiagnostics } from "../config/diagnostics/render.ts";
import { loadConfiguration } from "../config/load.ts";
import { parseHost } from "../config/values/host-name.ts";
import { loadTested } from "../explain/load-tested.ts";
import { makePlan, type TrafficSource, wouldChange } from "../plan/make-plan.ts";
import { planAsData } from "../plan/report/plan-data.ts";
import { renderPlan } from "../plan/report/render-plan.ts";
import type { LoadedSide } from "../plan/side.ts";
import { trafficFile } from "../plan/traffic/traffic-file.ts";
import { configOption, configPaths } from "./config-paths.ts";
import type { CliContext, Finish } from "./context.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { instanceAt } from "./instance/ask-instance.ts";
import { liveInstanceOption, TOKEN_HELP } from "./instance/instance-option.ts";
import { liveSide, liveTraffic, withoutSecrets } from "./instance/live-side.ts";
import { complain } from "./instance/say.ts";

interface PlanOptions {
  readonly config?: readonly string[];
  readonly against?: readonly string[];
  readonly traffic?: readonly string[];
  readonly host?: string;
  readonly live: boolean;
  readonly admin: string;
  readonly json: boolean;
}

export function planCommand(context: CliContext, finish: Finish): Command {
  return new Command("plan")
    .description("say what a change would do: to routes, and to requests")
    .addOption(configOption())
    .option("--against <path>", "the configuration as it was; may be repeated", addPath)
    .option("--traffic <file>", "requests to compare: an access log or a HAR file; may be repeated", addPath)
    .option("--host <name>", "the host of requests whose log names none", checkHost)
    .option("--live", LIVE_HELP, false)
    .addOption(liveInstanceOption())
    .option("--json", "the same as data", false)
    .addHelpText("after", `${AFTER_HELP}${TOKEN_HELP}`)
    .action(async (options: PlanOptions) => finish(await plan(options, context)));
}

async function plan(options: PlanOptions, context: CliContext): Promise<ExitCode> {
  const { against, live, json } = options;
  if (against === undefined && !live) return wrongUsage(NOTHING_TO_COMPARE, context);
  // Tests that fail keep a change from going live, so there would be nothing to plan.
  const fresh = await loadTested(configPaths(options.config, context.environment));
  const old = against === undefined ? null : await loadConfiguration(against);
  if (!fresh.ok || old?.ok === false) {
    const findings = [old, fresh].flatMap((loaded) => (loaded?.ok === false ? loaded.error : []));
    return invalid(findings, json, context);
  }
  const files = (options.traffic ?? []).map(trafficFile);
  if (!live) return compare(old!.value, fresh.value, files, options, context);
  const instance = instanceAt(options.admin, context.environment);
  const recent = await liveTraffic(instance);
  if (!recent.ok) return complain(recent.error, context);
  const traffic = [...files, recent.value];
  if (old !== null) return compare(old.value, fresh.value, traffic, options, context);
  const served = await liveSide(instance);
  if (!served.ok) return complain(served.error, context);
  return compare(served.value, withoutSecrets(fresh.value), traffic, options, context);
}

async function compare(
  old: LoadedSide,
  fresh: LoadedSide,
  traffic: readonly TrafficSource[],
  { host, json }: PlanOptions,
  context: CliContext,
): Promise<ExitCode> {
  const made = await makePlan(old, fresh, { traffic, host: host ?? null });
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
  help: name the configuration as it was with --against, such as a copy or \`git show HEAD:portward.yaml > old.yaml\`; or ask a running instance with --live`;

const LIVE_HELP =
  "ask a running instance for the requests it has just answered and, without --against, for what it serves by";

const AFTER_HELP = `
Exit codes: 0 nothing would change, 3 something would, 1 a configuration has errors, 2 wrong usage.
Example: portward plan --config new.yaml --against old.yaml --traffic access.log`;
