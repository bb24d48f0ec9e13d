/** `portward convert`: foreign configuration to native YAML on stdout, and what is not as it was on stderr. */
import { Command, InvalidArgumentError, Option } from "commander";
import { didYouMean } from "../config/diagnostics/near-miss.ts";
import { diagnosticsAsData, renderDiagnostics } from "../config/diagnostics/render.ts";
import { quoted } from "../config/diagnostics/wording.ts";
import { convertFiles } from "../config/formats/convert.ts";
import type { ConvertFormat } from "../config/formats/convert-format.ts";
import { CONVERT_FORMATS } from "../config/formats/formats.ts";
import { diskFiles, type FileAccess } from "../config/source/file-access.ts";
import type { CliContext, Finish } from "./context.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { STANDARD_INPUT, withStandardInput } from "./standard-input.ts";

export interface ConvertOptions {
  readonly format: ConvertFormat;
  /** `-` is standard input. */
  readonly files: readonly string[];
  /** One JSON document on stdout, YAML and findings in it. */
  readonly json: boolean;
}

export type ConvertOutput = Pick<CliContext, "out" | "err">;

export function convertCommand(context: CliContext, finish: Finish): Command {
  return new Command("convert")
    .description("turn another program's configuration into Portward's, on standard output")
    .addOption(fromOption())
    .option("--json", "YAML and notes as JSON on standard output", false)
    .argument("<file...>", "files in that format; - is standard input")
    .addHelpText("after", HELP)
    .action(async (files: readonly string[], { from, json }: { from: ConvertFormat; json: boolean }) => {
      finish(await runConvert({ format: from, files, json }, context, withStandardInput(diskFiles)));
    });
}

/** Gives the exit code: 0 also when there are notes, 1 when nothing could be written. */
export async function runConvert(
  { format, files, json }: ConvertOptions,
  output: ConvertOutput,
  access: FileAccess,
): Promise<ExitCode> {
  const named = files.map((file) => (file === "-" ? STANDARD_INPUT : file));
  const { yaml, findings } = await convertFiles(format, named, access);
  if (json) {
    const document = { ok: yaml !== null, yaml, findings: diagnosticsAsData(findings) };
    output.out(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    output.err(renderDiagnostics(findings));
    if (yaml !== null) output.out(yaml);
  }
  return yaml === null ? EXIT.invalid : EXIT.done;
}

function fromOption(): Option {
  return new Option("--from <format>", `one of ${NAMES.join(", ")}`)
    .argParser((name: string) => {
      const format = CONVERT_FORMATS.find((each) => each.name === name);
      if (format !== undefined) return format;
      const hint = didYouMean(name, NAMES) ?? `It is one of ${NAMES.join(", ")}.`;
      throw new InvalidArgumentError(`${quoted(name)} is not a format. ${hint}`);
    })
    .makeOptionMandatory();
}

const NAMES = CONVERT_FORMATS.map(({ name }) => name);

const HELP = `
Formats:
${CONVERT_FORMATS.map(({ name, description }) => `  ${name.padEnd(12)} ${description}`).join("\n")}

What is not, or not quite, as it was before is told on standard error, line by line.

Example: portward convert --from nginx /etc/nginx/nginx.conf > shop.yaml && portward check --config shop.yaml`;
