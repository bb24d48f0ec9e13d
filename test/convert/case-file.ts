/**
 * Reads a case of a conversion: what goes in, and what must come out. Sections start with a line `--- KIND [FILE]`:
 *
 *   # why this case is here
 *   --- input nginx.conf         a file that is given; one or more of them
 *   --- file conf.d/a.conf       a file that is only there
 *   --- yaml                     the result without its first line; absent: not compared
 *   --- notes                    all findings, in order; absent: none
 *   3:5 note[convert.differs] `/one`
 *   --- requests                 what the result does with requests
 *   GET http://shop.example/one -> one /one
 *
 * The text after a code must occur in the message or the suggestion. With one input file the name may be left out.
 */

export interface ConversionCase {
  readonly inputs: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly yaml: string | null;
  readonly notes: readonly ExpectedNote[];
  readonly requests: readonly ExpectedOutcome[];
}

export interface ExpectedNote {
  /** `nginx.conf:3:5 note[convert.differs]` */
  readonly head: string;
  readonly text: string;
}

export interface ExpectedOutcome {
  readonly request: string;
  readonly outcome: string;
}

export function readConversionCase(content: string): ConversionCase {
  const sections = content
    .split(/^--- (?=input|file|yaml|notes|requests)/m)
    .slice(1)
    .map(readSection);
  const inputs = sections.filter(({ kind }) => kind === "input").map(({ name }) => name);
  const named = sections.filter(({ kind }) => kind === "input" || kind === "file");
  const textOf = (kind: string) => sections.find((section) => section.kind === kind)?.text ?? null;
  return {
    inputs,
    files: Object.fromEntries(named.map(({ name, text }) => [name, text])),
    yaml: textOf("yaml"),
    notes: lines(textOf("notes") ?? "").map((line) => readNote(line, inputs)),
    requests: readOutcomes(textOf("requests") ?? ""),
  };
}

/** Lines `REQUEST -> OUTCOME`; `#` begins a comment. */
export function readOutcomes(text: string): ExpectedOutcome[] {
  return lines(text)
    .filter((line) => !line.startsWith("#"))
    .map((line) => {
      const [request = "", outcome = ""] = line.split(" -> ");
      return { request: request.trim(), outcome: outcome.trim() };
    });
}

function readSection(section: string): { kind: string; name: string; text: string } {
  const end = section.indexOf("\n");
  const [kind, name] = section.slice(0, end).trim().split(/\s+/);
  return { kind: kind!, name: name ?? "input", text: section.slice(end + 1) };
}

function readNote(line: string, inputs: readonly string[]): ExpectedNote {
  const [, place, rest, text] = /^(\S+) (\w+\[\S+\])\s*(.*)$/.exec(line)!;
  const full = /^\d+:\d+$/.test(place!) ? `${inputs[0]}:${place}` : place!;
  return { head: `${full} ${rest}`, text: text! };
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}
