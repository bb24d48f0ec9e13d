/** docs/diagnostics.md: every code of a finding with its meaning, and what it looks like in the smallest case file. */
import { Glob } from "bun";
import { DIAGNOSTIC_CODES, type DiagnosticCode } from "../../src/config/diagnostics/codes.ts";
import type { Diagnostic } from "../../src/config/diagnostics/diagnostic.ts";
import { renderDiagnostic } from "../../src/config/diagnostics/render.ts";
import { type CaseFile, readCase } from "../../test/config/case-file.ts";
import { findingsOf } from "../../test/config/load-case.ts";

export async function diagnosticsPage(): Promise<string> {
  const examples = await findExamples();
  const codes = Object.keys(DIAGNOSTIC_CODES) as DiagnosticCode[];
  return [HEAD, ...codes.map((code) => entry(code, examples.get(code)))].join("\n");
}

function entry(code: DiagnosticCode, example: string | undefined): string {
  const { severity, meaning } = DIAGNOSTIC_CODES[code];
  const shown = example === undefined ? [] : ["```text", example.trimEnd(), "```", ""];
  return [`## ${code}`, "", `*${severity}* · ${meaning}`, "", ...shown].join("\n");
}

/** The first finding of each code in the shortest case that has it. */
async function findExamples(): Promise<Map<string, string>> {
  const examples = new Map<string, string>();
  for (const each of await shortestFirst()) {
    const codes = each.diagnostics.map(({ head }) => /\[(.*)\]/.exec(head)![1]!);
    if (codes.every((code) => examples.has(code))) continue;
    for (const finding of await findingsOf(each)) {
      if (!examples.has(finding.code)) examples.set(finding.code, render(finding));
    }
  }
  return examples;
}

async function shortestFirst(): Promise<CaseFile[]> {
  const folder = `${import.meta.dir}/../../test/config`;
  const names = [...new Glob("*.case.yaml").scanSync(folder)].sort();
  const texts = await Promise.all(names.map((name) => Bun.file(`${folder}/${name}`).text()));
  const cases = texts.map((text) => ({ ...readCase(text), length: text.length }));
  // YAML is what most people write, so a script is the example only of what is wrong with scripts.
  const isScript = ({ inputs }: CaseFile) => Number(inputs.some(({ file }) => file.endsWith(".ts")));
  return cases.sort((a, b) => isScript(a) - isScript(b) || a.length - b.length);
}

/** Without the story of a test, which is longer than its point. */
function render({ details: _, ...finding }: Diagnostic): string {
  return renderDiagnostic(finding);
}

const HEAD = `<!-- Made by scripts/generate-docs.ts from src/config/diagnostics/codes.ts and test/config/. -->

# Findings about a configuration

What \`portward check\`, \`run\` and \`explain\` say about a configuration begins with
\`FILE:LINE:COLUMN: error[code]: message\`. The code never changes its meaning. Errors keep a configuration from being
served; warnings do not. [configuration.md](configuration.md) says what may be written, [errors.md](errors.md) what can go
wrong with a request.
`;
