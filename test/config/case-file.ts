/**
 * Reads a case file: what goes in, and what must come out. Sections start with a line `--- KIND [FILE]`:
 *
 *   # why this case is here
 *   --- input shop.yaml          a file given by name; one or more of them
 *   …
 *   --- file more.yaml           a file that lies beside them
 *   …
 *   --- environment              variables, as YAML
 *   …
 *   --- script_limit 500         milliseconds that scripts have, for the case in which they need more
 *   --- machine                  what the machine says, as YAML: first_free_port, and failures by listener
 *   …
 *   --- model                    a part of the model, as YAML: what is left out is not compared
 *   …
 *   --- diagnostics              all findings, in order; absent: none
 *   shop.yaml:3:5 error[config.unknown_key] did you mean `listen`?
 *     note shop.yaml:1:3         its second place
 *
 * The text after the code must occur in the message or the suggestion. With one input file the name may be
 * left out: `3:5 error[…]`.
 */
import { parse } from "yaml";
import type { Diagnostic } from "../../src/config/diagnostics/diagnostic.ts";
import type { MachineFacts } from "../../src/config/lint/machine.ts";

export interface CaseFile {
  readonly inputs: readonly InputFile[];
  readonly files: readonly InputFile[];
  readonly environment: Readonly<Record<string, string>>;
  readonly scriptLimitMs: number | undefined;
  /** Undefined: it is not asked. */
  readonly machine: MachineFacts | undefined;
  /** Undefined when the case expects errors. */
  readonly model: unknown;
  readonly diagnostics: readonly ExpectedDiagnostic[];
}

export interface InputFile {
  readonly file: string;
  readonly text: string;
}

export interface ExpectedDiagnostic {
  /** `shop.yaml:3:5 error[config.unknown_key]` */
  readonly head: string;
  readonly text: string;
  /** `shop.yaml:1:3` */
  readonly notes: readonly string[];
}

export function readCase(content: string): CaseFile {
  const sections = content
    .split(/^--- (?=(?:input|file|environment|script_limit|machine|model|diagnostics)\b)/m)
    .slice(1)
    .map(readSection);
  const named = (wanted: string) =>
    sections.filter(({ kind }) => kind === wanted).map(({ name, text }) => ({ file: name, text }));
  const inputs = named("input");
  const environment = sections.find(({ kind }) => kind === "environment");
  const machine = sections.find(({ kind }) => kind === "machine");
  const model = sections.find(({ kind }) => kind === "model");
  const diagnostics = sections.find(({ kind }) => kind === "diagnostics");
  const onlyFile = inputs.length === 1 ? inputs[0]!.file : null;
  return {
    inputs,
    files: named("file"),
    machine: machine === undefined ? undefined : readMachine(machine.text),
    scriptLimitMs: named("script_limit").map(({ file }) => Number(file))[0],
    environment: environment === undefined ? {} : parse(environment.text),
    model: model === undefined ? undefined : parse(model.text),
    diagnostics: diagnostics === undefined ? [] : readExpected(diagnostics.text, onlyFile),
  };
}

function readMachine(text: string): MachineFacts {
  const { first_free_port: firstFreePort = 0, failures = null } = parse(text);
  return { firstFreePort, failures: failures === null ? null : new Map(Object.entries(failures)) };
}

/** A finding as a case file writes its first line. */
export function headOf({ origin, severity, code }: Diagnostic): string {
  return `${origin.file}:${origin.line}:${origin.column} ${severity}[${code}]`;
}

function readSection(section: string): { kind: string; name: string; text: string } {
  const end = section.indexOf("\n");
  const [kind, name] = section.slice(0, end).trim().split(/\s+/);
  return { kind: kind!, name: name ?? "input.yaml", text: section.slice(end + 1) };
}

function readExpected(text: string, onlyFile: string | null): ExpectedDiagnostic[] {
  const expected: { head: string; text: string; notes: string[] }[] = [];
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    const note = /^\s+note (\S+)$/.exec(line)?.[1];
    if (note === undefined) {
      const [, place, rest, message] = /^(\S+) (\w+\[\S+\])\s*(.*)$/.exec(line)!;
      expected.push({ head: `${withFile(place!, onlyFile)} ${rest}`, text: message!, notes: [] });
    } else expected.at(-1)!.notes.push(withFile(note, onlyFile));
  }
  return expected;
}

function withFile(place: string, onlyFile: string | null): string {
  return onlyFile !== null && /^\d+:\d+$/.test(place) ? `${onlyFile}:${place}` : place;
}
