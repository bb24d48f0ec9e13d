/** `portward cert list`: every certificate in a line. */
import { Command } from "commander";
import { configOption } from "../config-paths.ts";
import type { CliContext, Finish } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { liveInstanceOption, TOKEN_HELP } from "../instance/instance-option.ts";
import { printJson } from "../instance/say.ts";
import { askCertificates, liveOption, type WhoseCertificates } from "./ask-certificates.ts";
import { certificateTable } from "./certificate-table.ts";

interface ListOptions extends WhoseCertificates {
  readonly json: boolean;
}

export function listCommand(context: CliContext, finish: Finish): Command {
  return new Command("list")
    .description("every certificate in a line: what it is for, where it is from, how long it lasts")
    .addOption(configOption())
    .addOption(liveOption())
    .addOption(liveInstanceOption())
    .option("--json", "the same as data", false)
    .addHelpText("after", TOKEN_HELP)
    .action(async (options: ListOptions) => finish(await list(options, context)));
}

async function list(options: ListOptions, context: CliContext): Promise<ExitCode> {
  const certificates = await askCertificates(options, context);
  if (certificates === null) return EXIT.invalid;
  if (options.json) printJson({ certificates }, context);
  else if (certificates.length === 0) context.out("no certificates\n");
  else context.out(certificateTable(certificates, Date.now()));
  return EXIT.done;
}
