/**
 * Reads a case file: what goes in, and what must come out. Sections start with a line `--- KIND [FILE]`:
 *
 *   # why this case is here
 *   --- input shop.yaml          a file given by name; one or more of them
 *   …
 *   --- file more.yaml           a file that lies beside them
 *   …
 *   --- path conf                a path given by name that is no text: a directory, or something missing
 *   --- bytes shop.yaml          as input, written as a YAML string whose characters are the bytes
 *   --- size shop.yaml 9000000   as input, so many bytes of comment
 *   --- fault shop.yaml REASON   as input, and it cannot be read
 *   --- environment              variables, as YAML
 *   …
 *   --- script_limit 500         milliseconds that scripts have, for the case in which they need more
 *   --- machine                  what the machine says, as YAML: first_free_port, and failures by listener
 *   …
 *   --- certificates 2026-06-01  they are read on that day; test/support/certificates lies there as `certs/`
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
import type { MemoryFile } from "./memory-files.ts";

export interface CaseFile {
  readonly inputs: readonly InputFile[];
  readonly files: readonly InputFile[];
  /** What is on the command line. */
  readonly paths: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly scriptLimitMs: number | undefined;
  /** When certificates are looked at, in milliseconds since 1970; undefined: they are not. */
  readonly certificatesAtMs: number | undefined;
  /** Undefined: it is not asked. */
  readonly machine: MachineFacts | undefined;
  /** Undefined when the case expects errors. */
  readonly model: unknown;
  readonly diagnostics: readonly ExpectedDiagnostic[];
}

export interface InputFile {
  readonly file: string;
  readonly text: string;
  /** In place of the text. */
  readonly content?: MemoryFile;
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
    .split(
      /^--- (?=(?:input|file|path|bytes|size|fault|environment|script_limit|certificates|machine|model|diagnostics)\b)/m,
    )
    .slice(1)
    .map(readSection);
  const named = (wanted: string) =>
    sections.filter(({ kind }) => kind === wanted).map(({ name, text }) => ({ file: name, text }));
  const inputs = sections.flatMap(readInput);
  const environment = sections.find(({ kind }) => kind === "environment");
  const machine = sections.find(({ kind }) => kind === "machine");
  const model = sections.find(({ kind }) => kind === "model");
  const diagnostics = sections.find(({ kind }) => kind === "diagnostics");
  const onlyFile = inputs.length === 1 ? inputs[0]!.file : null;
  return {
    inputs,
    files: named("file"),
    paths: sections.filter(({ kind }) => kind in GIVEN).map(({ name }) => name),
    machine: machine === undefined ? undefined : readMachine(machine.text),
    certificatesAtMs: named("certificates").map(({ file }) => Date.parse(file))[0],
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

interface Section {
  readonly kind: string;
  readonly name: string;
  readonly rest: string;
  readonly text: string;
}

function readSection(section: string): Section {
  const end = section.indexOf("\n");
  const [kind, name, ...rest] = section.slice(0, end).trim().split(/\s+/);
  return { kind: kind!, name: name ?? "input.yaml", rest: rest.join(" "), text: section.slice(end + 1) };
}

function readInput({ kind, name, rest, text }: Section): InputFile[] {
  const content = GIVEN[kind]?.(text, rest);
  if (content === undefined) return [];
  return [typeof content === "string" ? { file: name, text: content } : { file: name, text: "", content }];
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

/** What stands for something on the command line, and what is there. */
const GIVEN: Readonly<Record<string, (text: string, rest: string) => MemoryFile | undefined>> = {
  input: (text) => text,
  path: () => undefined,
  bytes: (text) => Buffer.from(parse(text) as string, "latin1"),
  size: (_text, rest) => Buffer.alloc(Number(rest), "#"),
  fault: (_text, rest) => ({ kind: "unreadable", reason: rest }),
};
