/** `portward schema`: the JSON Schema of the configuration, for editors. */
import { Command } from "commander";
import { configurationJsonSchema } from "../config/json-schema.ts";
import type { CliContext, Finish } from "./context.ts";
import { EXIT } from "./exit-code.ts";

export function schemaCommand(context: CliContext, finish: Finish): Command {
  return new Command("schema")
    .description("print the JSON Schema of the configuration")
    .addHelpText("after", EDITOR)
    .action(() => {
      context.out(renderSchema());
      finish(EXIT.done);
    });
}

export function renderSchema(): string {
  return `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`;
}

const EDITOR = `
Editors complete and check a file that names it in a comment:
  portward schema > portward.schema.json
  # yaml-language-server: $schema=./portward.schema.json`;
