/**
 * Regular expressions that run in time linear in the text: RE2's syntax and semantics, by re2js, which only
 * this file imports. Look-around and back references are not in that language; a pattern that needs them is
 * an error when the configuration is read. Both `(?<name>…)` and `(?P<name>…)` are understood.
 *
 * Linear still has a factor, the size of the compiled program. It is limited so that the worst pattern we
 * could write costs a request line of 8 KiB about 0.2 s, and an ordinary one microseconds.
 */
import { type Matcher, RE2JS } from "re2js";
import { err, ok, type Result } from "../base/result.ts";
import { type EngineProgram, type RegexProgram, readProgram } from "./regex-program.ts";

export interface LinearRegex {
  readonly source: string;
  /** In the order of their groups. */
  readonly groupNames: readonly string[];
  /** Without group 0, the whole match. */
  readonly groupCount: number;
  /** Whether it matches anywhere in the text. Much cheaper than `match`. */
  test(text: string): boolean;
  /** The first match. */
  match(text: string): RegexMatch | null;
  /** The text with every match replaced. */
  replaceAll(text: string, replacement: (match: RegexMatch) => string): string;
  /** For proofs about the pattern; null when it cannot be read. */
  program(): RegexProgram | null;
}

/** Read it before the next one is asked for: one object serves all matches of a call. */
export interface RegexMatch {
  /** Where the match begins and where the text after it begins. */
  readonly start: number;
  readonly end: number;
  /** By number or name; empty when the group took no part. */
  group(key: number | string): string;
}

/** @returns what is wrong with the pattern, for people, as the error */
export function compileRegex(source: string): Result<LinearRegex, string> {
  if (source.length > MAX_SOURCE_LENGTH) {
    return err(`the pattern has ${source.length} characters; the limit is ${MAX_SOURCE_LENGTH}`);
  }
  let program: RE2JS;
  try {
    program = RE2JS.compile(source);
  } catch (thrown) {
    return err(explain(thrown));
  }
  const size = program.programSize();
  if (size > MAX_PROGRAM_SIZE) {
    return err(`the pattern compiles to ${size} steps; the limit is ${MAX_PROGRAM_SIZE}`);
  }
  const regex = new Re2Regex(source, program);
  const odd = regex.groupNames.find((name) => !GROUP_NAME.test(name));
  return odd === undefined ? ok(regex) : err(`the group name '${odd}' does not begin with a letter`);
}

class Re2Regex implements LinearRegex {
  readonly source: string;
  readonly groupNames: readonly string[];
  readonly groupCount: number;
  readonly #program: RE2JS;

  constructor(source: string, program: RE2JS) {
    this.source = source;
    this.#program = program;
    this.groupCount = program.groupCount();
    const numbers = Object.entries(program.namedGroups());
    this.groupNames = numbers.sort(([, a], [, b]) => a - b).map(([name]) => name);
  }

  test(text: string): boolean {
    return this.#program.test(text);
  }

  match(text: string): RegexMatch | null {
    const matcher = this.#program.matcher(text);
    return matcher.find() ? new CurrentMatch(matcher) : null;
  }

  replaceAll(text: string, replacement: (match: RegexMatch) => string): string {
    const matcher = this.#program.matcher(text);
    const current = new CurrentMatch(matcher);
    let result = "";
    let done = 0;
    while (matcher.find()) {
      result += text.slice(done, current.start) + replacement(current);
      done = current.end;
    }
    return result + text.slice(done);
  }

  program(): RegexProgram | null {
    return readProgram(this.#program.re2().prog as EngineProgram);
  }
}

class CurrentMatch implements RegexMatch {
  readonly #matcher: Matcher;

  constructor(matcher: Matcher) {
    this.#matcher = matcher;
  }

  get start(): number {
    return this.#matcher.start();
  }

  get end(): number {
    return this.#matcher.end();
  }

  group(key: number | string): string {
    return this.#matcher.group(key) ?? "";
  }
}

/** The engine throws its own classes; what else comes out of it on odd input is still a bad pattern. */
function explain(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const plain = text.replace("error parsing regexp: ", "");
  if (/^invalid (?:or unsupported Perl syntax|named capture): `\(\?<?[=!]/.test(plain)) {
    return `${plain}: look-around cannot be matched in linear time`;
  }
  if (/^invalid escape sequence: `\\[1-9k]/.test(plain)) {
    return `${plain}: back references cannot be matched in linear time`;
  }
  return plain;
}

/** What `{name}` in a rewrite can refer to. RE2 would let a name be a number. */
const GROUP_NAME = /^[A-Za-z_]/;

/** Long enough for any rule that people can read. */
const MAX_SOURCE_LENGTH = 2_000;

/** In RE2's instructions: about one per character, and per repetition of one. */
const MAX_PROGRAM_SIZE = 2_000;
