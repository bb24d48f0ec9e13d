/** `portward drain TARGET` and `portward enable TARGET`: by hand, and kept over reloads. */
import { Command } from "commander";
import type { TargetsView } from "../../admin/views.ts";
import type { CliContext, Finish } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { askInstance, instanceAt } from "./ask-instance.ts";
import { instanceOption, TOKEN_HELP } from "./instance-option.ts";
import { complain } from "./say.ts";

interface DrainOptions {
  readonly admin: string;
  readonly upstream?: string;
}

export function drainCommand(context: CliContext, finish: Finish): Command {
  return command("drain", "send nothing new to a target until it is enabled again", context, finish);
}

export function enableCommand(context: CliContext, finish: Finish): Command {
  return command("enable", "take a drained target back", context, finish);
}

function command(
  verb: "drain" | "enable",
  description: string,
  context: CliContext,
  finish: Finish,
): Command {
  return new Command(verb)
    .description(description)
    .argument("<target>", "as `portward status` shows it: 10.0.0.1:3000")
    .addOption(instanceOption())
    .option("--upstream <name>", "only of this upstream; else of all that have the target")
    .addHelpText("after", TOKEN_HELP)
    .action(async (target: string, options: DrainOptions) =>
      finish(await move(verb, target, options, context)),
    );
}

async function move(
  verb: "drain" | "enable",
  target: string,
  { admin, upstream }: DrainOptions,
  context: CliContext,
): Promise<ExitCode> {
  const query = upstream === undefined ? "" : `?upstream=${encodeURIComponent(upstream)}`;
  const path = `/api/${verb}/${encodeURIComponent(target)}${query}`;
  const instance = instanceAt(admin, context.environment);
  const answer = await askInstance<TargetsView>(instance, { method: "POST", path });
  if (!answer.ok) return complain(answer.error, context);
  for (const moved of answer.value.body.targets) {
    context.out(`${moved.upstream}: ${moved.target} is ${moved.drained ? "drained" : "enabled"}\n`);
  }
  return EXIT.done;
}
