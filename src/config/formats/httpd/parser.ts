/**
 * Lines to directives and sections. Names count without regard to case. The first fault ends the reading of a file,
 * because nothing after it can be trusted.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { DEPTH_LIMIT } from "../../source/limits.ts";
import { type Place, placeAt, type SourceText } from "../../source/source-text.ts";
import { DIRECTIVE_LIMIT, type Directive, type Word } from "../directives/directive.ts";
import type { Findings } from "../findings.ts";
import { type LogicalLine, logicalLines, wordsIn } from "./lines.ts";

/** Null after an error. */
export function parseHttpd(source: SourceText, findings: Findings): readonly Directive[] | null {
  return new Parser(source, findings).file();
}

/** A section that has been opened. */
interface OpenSection {
  readonly name: string;
  readonly label: string;
  readonly head: Place;
  readonly words: readonly Word[];
  readonly directives: Directive[];
}

class Parser {
  readonly #source: SourceText;
  readonly #findings: Findings;
  readonly #open: OpenSection[] = [];
  readonly #top: Directive[] = [];

  constructor(source: SourceText, findings: Findings) {
    this.#source = source;
    this.#findings = findings;
  }

  file(): readonly Directive[] | null {
    let count = 0;
    for (const line of logicalLines(this.#source.text)) {
      if (++count > DIRECTIVE_LIMIT) return this.#tooMany(line);
      if (!this.#line(line)) return null;
    }
    const open = this.#open.at(-1);
    if (open === undefined) return this.#top;
    this.#fault(open.head, "the section that begins here is not closed");
    return null;
  }

  #line({ start, end }: LogicalLine): boolean {
    const text = this.#source.text.slice(start, end).trimEnd();
    const head = placeAt(this.#source, start, start + text.length);
    if (text.startsWith("</")) return this.#close(head, text);
    if (text.startsWith("<")) return this.#begin(head, text);
    const words = wordsIn(this.#source, start, head.end);
    if (words === null) return this.#fault(head, "a quote in this line is not closed");
    const [name, ...rest] = words;
    this.#current().push({
      ...head,
      name: name!.text.toLowerCase(),
      label: name!.text,
      head,
      words: rest,
      block: null,
    });
    return true;
  }

  #tooMany({ start, end }: LogicalLine): null {
    const place = placeAt(this.#source, start, end);
    this.#findings.error("convert.limit", place, `a file with more than ${DIRECTIVE_LIMIT} directives`);
    return null;
  }

  #begin(head: Place, text: string): boolean {
    if (!text.endsWith(">"))
      return this.#fault(head, "a section begins with `<Name …>` on a line of its own");
    if (this.#open.length === DEPTH_LIMIT) {
      this.#findings.error("convert.limit", head, `sections are nested deeper than ${DEPTH_LIMIT} levels`);
      return false;
    }
    const words = wordsIn(this.#source, head.start + 1, head.end - 1);
    if (words === null) return this.#fault(head, "a quote in this line is not closed");
    const [name, ...rest] = words;
    if (name === undefined) return this.#fault(head, "the section has no name");
    const label = `<${name.text}>`;
    this.#open.push({ name: label.toLowerCase(), label, head, words: rest, directives: [] });
    return true;
  }

  #close(head: Place, text: string): boolean {
    const open = this.#open.pop();
    const name = `<${text.slice(2).replace(/>$/, "").trim().toLowerCase()}>`;
    if (open === undefined) return this.#fault(head, `${quoted(text)} closes nothing`);
    if (open.name !== name) {
      const { line } = open.head.source.originAt(open.head.start);
      return this.#fault(head, `${quoted(text)} closes ${quoted(open.label)}, which begins in line ${line}`);
    }
    const place = placeAt(this.#source, open.head.start, head.end);
    const { label, words, directives } = open;
    this.#current().push({ ...place, name, label, head: open.head, words, block: directives });
    return true;
  }

  #current(): Directive[] {
    return this.#open.at(-1)?.directives ?? this.#top;
  }

  #fault(place: Place, message: string): false {
    this.#findings.error("convert.syntax", place, message);
    return false;
  }
}
