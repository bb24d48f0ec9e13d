/**
 * Texts that patterns match, shortest first, or the proof that there are none. Asked for many patterns together, so
 * the work is limited as a whole; what is then not found out is "unknown".
 */
import { ANY_ALPHABET, PATH_ALPHABET } from "../config/lint/text/alphabets.ts";
import type { Automaton } from "../config/lint/text/automaton.ts";
import { type Effort, type Found, findText } from "../config/lint/text/find-text.ts";
import { anyPath } from "../config/lint/text/path-automata.ts";
import { regexAutomaton } from "../config/lint/text/regex-automaton.ts";
import { compileRegex } from "../routing/regex.ts";

export class Samples {
  readonly #automata = new Map<string, Automaton | null>();
  readonly #effort: Effort = { states: MOST_STATES };

  /** A path that every pattern of `inside` and none of `outside` matches. */
  path(inside: readonly string[], outside: readonly string[] = []): Found {
    const plain = this.#find(PLAIN_PATH, inside, outside, [anyPath]);
    return plain.kind === "none" ? this.#find(PATH_ALPHABET, inside, outside, [anyPath]) : plain;
  }

  /** Likewise, what a field or parameter may hold. */
  value(inside: readonly string[], outside: readonly string[] = []): Found {
    const plain = this.#find(PLAIN_VALUE, inside, outside, []);
    return plain.kind === "none" ? this.#find(ANY_ALPHABET, inside, outside, []) : plain;
  }

  #find(
    alphabet: readonly number[],
    inside: readonly string[],
    outside: readonly string[],
    always: readonly Automaton[],
  ): Found {
    const [within, without] = [this.#all(inside), this.#all(outside)];
    if (within === null || without === null) return { kind: "unknown" };
    return findText({ inside: [...always, ...within], outside: without, alphabet }, this.#effort);
  }

  /** Null when one of the patterns cannot be read. */
  #all(sources: readonly string[]): Automaton[] | null {
    const automata = sources.map((source) => this.#automaton(source));
    return automata.some((each) => each === null) ? null : (automata as Automaton[]);
  }

  #automaton(source: string): Automaton | null {
    const known = this.#automata.get(source);
    if (known !== undefined) return known;
    const regex = compileRegex(source);
    const automaton = regex.ok ? regexAutomaton(regex.value) : null;
    this.#automata.set(source, automaton);
    return automaton;
  }
}

/** The text, or null. */
export function textOf(found: Found): string | null {
  return found.kind === "found" ? found.text : null;
}

/** A second or two of work, thousands of ordinary patterns. */
const MOST_STATES = 100_000;

/** An escape that is cut short would be refused before any pattern is asked. */
const PLAIN_PATH = PATH_ALPHABET.filter((code) => code !== 0x25);
/** Blanks at the ends of a field are no part of it, and what lies beyond ASCII is seldom meant. */
const PLAIN_VALUE = ANY_ALPHABET.filter((code) => code > 0x20 && code < 0x7f);
