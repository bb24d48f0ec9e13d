/** `portward stop`: the running instance finishes what is in flight and ends. */
import { Command } from "commander";
import type { CliContext, Finish } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { askInstance, instanceAt } from "./ask-instance.ts";
import { instanceOption, TOKEN_HELP } from "./instance-option.ts";
import { complain } from "./say.ts";

export function stopCommand(context: CliContext, finish: Finish): Command {
  return new Command("stop")
    .description("have a running instance finish what is in flight and end")
    .addOption(instanceOption())
    .addHelpText("after", TOKEN_HELP)
    .action(async (options: { admin: string }) => finish(await stop(options.admin, context)));
}

async function stop(admin: string, context: CliContext): Promise<ExitCode> {
  const instance = instanceAt(admin, context.environment);
  const answer = await askInstance(instance, { method: "POST", path: "/api/stop" });
  if (!answer.ok) return complain(answer.error, context);
  context.out(`the instance at ${admin} finishes what is in flight and ends\n`);
  return EXIT.done;
}
