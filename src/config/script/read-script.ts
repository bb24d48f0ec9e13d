/**
 * A configuration in TypeScript to a located tree: run in a process of its own, its value joined with the places
 * at which its source writes it. What goes wrong on the way points into the source as well.
 */
import { resolve } from "node:path";
import type { Result } from "../../base/result.ts";
import { type Diagnostic, diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { ParsedText } from "../source/parse-yaml.ts";
import { type Place, placeAt, type SourceText } from "../source/source-text.ts";
import { formatDuration } from "../values/duration.ts";
import type { ScriptFault } from "./run-script.ts";
import type { Frame, ResultFault, ScriptAnswer, SyntaxFault } from "./script-answer.ts";
import { placeInScript, scriptTree } from "./script-tree.ts";

/** Other files that the script imports, for showing a line of them; null when it cannot be read. */
export type ReadOther = (file: string) => Promise<SourceText | null>;

/** @param outcome of running the file that `source` is the text of */
export async function readScript(
  source: SourceText,
  outcome: Result<ScriptAnswer, ScriptFault>,
  readOther: ReadOther,
): Promise<ParsedText> {
  if (outcome.ok && outcome.value.kind === "value") {
    const tree = scriptTree(source, JSON.parse(outcome.value.json));
    return "kind" in tree ? { documents: [tree], diagnostics: [] } : { documents: [], diagnostics: [tree] };
  }
  const diagnostics = outcome.ok
    ? await explainAnswer(source, outcome.value, readOther)
    : [explainFault(source, outcome.error)];
  return { documents: [], diagnostics };
}

async function explainAnswer(
  source: SourceText,
  answer: ScriptAnswer,
  readOther: ReadOther,
): Promise<Diagnostic[]> {
  switch (answer.kind) {
    case "value":
      return [];
    case "syntax":
      return Promise.all(firstOfEach(answer.faults).map((fault) => syntaxFault(source, fault, readOther)));
    case "import":
      return [notFound(source, answer.message)];
    case "thrown":
      return [await thrown(source, answer, readOther)];
    case "result":
      return answer.faults.map((fault) => unusable(source, fault));
  }
}

/** What follows in the same file is mostly a consequence. */
function firstOfEach(faults: readonly SyntaxFault[]): SyntaxFault[] {
  return faults.filter(({ file }, index) => faults.findIndex((each) => each.file === file) === index);
}

async function syntaxFault(
  source: SourceText,
  fault: SyntaxFault,
  readOther: ReadOther,
): Promise<Diagnostic> {
  const place = (await placeOf(fault, source, readOther)) ?? placeAt(source, 0);
  return diagnose("script.syntax", place, fault.message.charAt(0).toLowerCase() + fault.message.slice(1));
}

function explainFault(source: SourceText, fault: ScriptFault): Diagnostic {
  const place = exportPlace(source);
  switch (fault.kind) {
    case "tooLarge":
      return diagnose("script.result", place, "the configuration that the script exports is too large");
    case "ended": {
      const message = `the script ended ${fault.how} before it had exported a configuration`;
      return diagnose("script.ended", place, message);
    }
    case "timeout": {
      const message = `the script was stopped after ${formatDuration(fault.limitMs)}`;
      const suggestion = "a configuration should not wait for anything: read what it needs from files";
      return diagnose("script.timeout", place, message, { suggestion });
    }
  }
}

function notFound(source: SourceText, message: string): Diagnostic {
  const specifier = /'([^']+)'/.exec(message)?.[1] ?? "";
  const start = source.text.search(new RegExp(`["']${RegExp.escape(specifier)}["']`));
  const place = start === -1 ? placeAt(source, 0) : placeAt(source, start, start + specifier.length + 2);
  const isPackage = /^[^./]/.test(specifier);
  const suggestion = isPackage ? "install it beside the configuration: nothing is installed by itself" : null;
  return diagnose("script.import", place, `the module ${quoted(specifier)} is not found`, { suggestion });
}

/** Points at the line that threw; when that is in another module, also at the line of this one that led there. */
async function thrown(
  source: SourceText,
  { message, frames }: Extract<ScriptAnswer, { kind: "thrown" }>,
  readOther: ReadOther,
): Promise<Diagnostic> {
  const text = `the script failed: ${message}`;
  const own = frames.find(({ file }) => file === resolve(source.file));
  const place = frames[0] === undefined ? null : await placeOf(frames[0], source, readOther);
  if (place === null) return diagnose("script.threw", own ? atFrame(source, own) : exportPlace(source), text);
  const led = place.source === source ? undefined : own;
  const related = led === undefined ? [] : [relatedAt(atFrame(source, led), "called from here")];
  return diagnose("script.threw", place, text, { related });
}

function unusable(source: SourceText, { path, found }: ResultFault): Diagnostic {
  const place = exportPlace(source);
  if (path.length === 0) {
    const suggestion =
      "write `export default defineConfig({ … })`; modules that only help go into another folder";
    const message = /^(?:no|more) /.test(found)
      ? `the script has ${found}`
      : `the script exports ${found} instead of a configuration`;
    return diagnose("script.result", place, message, { suggestion });
  }
  const where = quoted(path.map(String).join("."));
  const suggestion = "a configuration is plain data: text, numbers, `true` and `false`, lists and objects";
  const nearest = placeInScript(source, path, place);
  return diagnose("script.result", nearest, `${where} is ${found}`, { suggestion });
}

function exportPlace(source: SourceText): Place {
  const line = source.text.search(/^\s*export\s+default\b/m);
  if (line === -1) return placeAt(source, 0);
  const start = source.text.indexOf("export", line);
  return placeAt(source, start, start + "export default".length);
}

async function placeOf(frame: Frame, source: SourceText, readOther: ReadOther): Promise<Place | null> {
  if (frame.file === resolve(source.file)) return atFrame(source, frame);
  const other = await readOther(frame.file);
  return other === null ? null : atFrame(other, frame);
}

function atFrame(source: SourceText, { line, column }: Frame): Place {
  return placeAt(source, source.offsetAt(line, column));
}
