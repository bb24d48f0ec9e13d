/** `portward cert …`: the certificates of a configuration, where they are from and how long they last. */
import { Command } from "commander";
import type { CliContext, Finish } from "../context.ts";
import { listCommand } from "./list.ts";
import { renewCommand } from "./renew.ts";
import { revokeCommand } from "./revoke.ts";
import { showCommand } from "./show.ts";
import { trustCommand } from "./trust.ts";

export function certCommand(context: CliContext, finish: Finish): Command {
  return new Command("cert")
    .description("the certificates of a configuration")
    .addCommand(listCommand(context, finish))
    .addCommand(showCommand(context, finish))
    .addCommand(renewCommand(context, finish))
    .addCommand(revokeCommand(context, finish))
    .addCommand(trustCommand(context, finish));
}
