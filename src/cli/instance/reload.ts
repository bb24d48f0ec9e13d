/** `portward reload`: the running instance reads its configuration again, or says what is wrong with it. */
import { Command } from "commander";
import type { ReloadView } from "../../admin/views.ts";
import type { CliContext, Finish } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { plural } from "../plural.ts";
import { askInstance, instanceAt } from "./ask-instance.ts";
import { instanceOption, TOKEN_HELP } from "./instance-option.ts";
import { renderFindings } from "./render-findings.ts";
import { complain, printJson } from "./say.ts";

interface ReloadOptions {
  readonly admin: string;
  readonly json: boolean;
}

export function reloadCommand(context: CliContext, finish: Finish): Command {
  return new Command("reload")
    .description("have a running instance read its configuration again")
    .addOption(instanceOption())
    .option("--json", "the same as data", false)
    .addHelpText("after", `${AFTER_HELP}${TOKEN_HELP}`)
    .action(async (options: ReloadOptions) => finish(await reload(options, context)));
}

async function reload({ admin, json }: ReloadOptions, context: CliContext): Promise<ExitCode> {
  const instance = instanceAt(admin, context.environment);
  const answer = await askInstance<ReloadView>(instance, { method: "POST", path: "/api/reload" });
  if (!answer.ok) return complain(answer.error, context);
  const outcome = answer.value.body;
  const { result, diagnostics, took_ms } = outcome;
  if (json) printJson(outcome, context);
  else {
    context.err(renderFindings(diagnostics));
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    if (result === "done") context.out(`reloaded in ${Math.ceil(took_ms)} ms\n`);
    else context.err(`refused: ${plural(errors, "error")}; what was in force still is\n`);
  }
  return result === "done" ? EXIT.done : EXIT.invalid;
}

const AFTER_HELP = `
Exit codes: 0 the configuration is in force, 1 it is refused or there is no instance, 2 wrong usage.`;
