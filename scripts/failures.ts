/**
 * What failed in a test command, with what was printed for it: read from the output while it passes by, to be told once
 * more at the end, where a log that was cut still has it.
 */
import { stripVTControlCharacters } from "node:util";

export interface Failure {
  /** A file and the name of a test in it, or of a step that is no test. */
  readonly title: string;
  /** What was printed for it, without its middle when it is long. */
  readonly output: readonly string[];
}

/** Begins the last part of the output; `.ci/run` looks for it. */
export const AGAIN = "== What failed";

/** For the end of a command's output: each in full, and of very many the names. */
export function toldAgain(failures: readonly Failure[]): string {
  if (failures.length === 0) return "";
  const told = failures.map(({ title, output }, index) =>
    [`-- ${title}`, ...(index < MOST_IN_FULL ? [...output, ""] : [])].join("\n"),
  );
  return `\n${AGAIN}\n\n${told.join("\n")}\n`;
}

/** Reads what `bun test` prints. What it prints for a test stands before the line that says how the test ended. */
export class FailureReader {
  readonly #failures: { readonly title: string; readonly output: string[] }[] = [];
  readonly #all = new Excerpt();
  readonly #ofTest = new Excerpt();
  #file = "";
  /** Dashes seen since an error that belongs to no test was announced; null: there is none. */
  #dashes: number | null = null;
  #isOver = false;

  get failures(): readonly Failure[] {
    return this.#failures;
  }

  /** Of a command that is no test, or of one that ended before it had said which test failed. */
  whole(name: string): Failure {
    const title = this.#file === "" ? name : `${name}, at last in ${this.#file}`;
    return { title, output: this.#all.lines() };
  }

  /** What a test or a program says by itself. */
  heard(line: string): void {
    this.#all.add(line);
    if (!this.#isOver) this.#ofTest.add(line);
  }

  /** A line of the runner's report, or of what tests say on the same way. */
  read(line: string): void {
    this.#all.add(line);
    if (SUMMARY.test(line)) this.#isOver = true;
    if (this.#isOver) return;
    const ended = ENDED.exec(line);
    if (ended !== null) this.#ended(ended[1]!, ended[2]!);
    else if (HEADING.test(line)) this.#begun(line.slice(0, -1));
    else if (line === BETWEEN) this.#dashes = 0;
    else if (this.#dashes !== null) this.#between(line);
    else if (FOOTNOTE.test(line)) this.#failures.at(-1)?.output.push(line);
    else this.#ofTest.add(line);
  }

  #begun(file: string): void {
    this.#file = file;
    this.#ofTest.clear();
  }

  #ended(how: string, name: string): void {
    if (how === "fail") this.#note(name);
    this.#ofTest.clear();
  }

  #between(line: string): void {
    if (!DASHES.test(line)) this.#ofTest.add(line);
    else if (++this.#dashes! === 2) {
      this.#note("an error outside of its tests");
      this.#ofTest.clear();
      this.#dashes = null;
    }
  }

  #note(name: string): void {
    this.#failures.push({ title: `${this.#file}: ${name}`, output: this.#ofTest.lines() });
  }
}

/** Chunks to whole lines without colors, none of them very long. */
export async function eachLine(
  chunks: AsyncIterable<Uint8Array>,
  seen: (chunk: Uint8Array) => void,
  take: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    seen(chunk);
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(stripVTControlCharacters(line).slice(0, LONGEST_LINE));
  }
  if (rest !== "") take(stripVTControlCharacters(rest).slice(0, LONGEST_LINE));
}

/** The first lines and the last ones: an error says at its beginning what it is, and at its end where it comes from. */
class Excerpt {
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #left = 0;

  add(line: string): void {
    if (line === "" && this.#first.length === 0) return;
    if (this.#first.length < HALF) {
      this.#first.push(line);
      return;
    }
    this.#last.push(line);
    if (this.#last.length <= HALF) return;
    this.#last.shift();
    this.#left++;
  }

  lines(): string[] {
    const left = this.#left === 0 ? [] : [`… ${this.#left} lines …`];
    return [...this.#first, ...left, ...this.#last];
  }

  clear(): void {
    this.#first.length = this.#last.length = this.#left = 0;
  }
}

const HEADING = /^\S.*\.test\.ts:$/;
const ENDED = /^\((pass|fail|skip|todo)\) (.*?)(?: \[[\d.]+m?s\])?$/;
/** Behind the line of a test that took too long. */
const FOOTNOTE = /^ {2}\^ /;
/** At the end of long runs those that failed are listed by their names; they have been read by then. */
const SUMMARY = /^\d+ tests? (?:failed|skipped|todo):$/;
const BETWEEN = "# Unhandled error between tests";
const DASHES = /^-{20,}$/;

const HALF = 30;
const LONGEST_LINE = 1_000;
const MOST_IN_FULL = 50;
