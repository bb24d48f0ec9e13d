/**
 * A set of texts, as something that reads them character by character: a pattern, a path template, all
 * paths that requests can have. Deterministic, so that several can be walked side by side and asked whether a text
 * lies in one and not in another (`find-text.ts`).
 */

/** `S` is compared with `===`: primitives, or one object per state. */
export interface Automaton<S = unknown> {
  readonly start: S;
  /** @returns null when no text that begins like this is in the set */
  next(state: S, before: number, code: number): S | null;
  /** Whether the text may end here. */
  accepts(state: S, before: number): boolean;
  /** Characters for which this gives the same are alike to the set, wherever they stand. */
  tellApart(code: number): string;
  /** Beyond ASCII, characters at which that changes. */
  readonly edges: readonly number[];
}

/** What stands before the first character and after the last. */
export const NO_CHARACTER = -1;

/** Whether the set holds `text`. */
export function holds(automaton: Automaton, text: string): boolean {
  let state: unknown = automaton.start;
  let before = NO_CHARACTER;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    state = automaton.next(state, before, code);
    if (state === null) return false;
    before = code;
  }
  return automaton.accepts(state, before);
}
