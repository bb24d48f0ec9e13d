/**
 * Finds a text that lies in some sets and not in others, or proves that there is none, by walking all of them
 * side by side, shortest texts first. What would take too long is "unknown", and nothing is claimed then.
 */
import { type Automaton, NO_CHARACTER } from "./automaton.ts";

export type Found = { readonly kind: "found"; readonly text: string } | { readonly kind: "none" | "unknown" };

/** Limits the work of many questions together. */
export interface Effort {
  states: number;
}

export interface Question {
  readonly inside: readonly Automaton[];
  readonly outside?: readonly Automaton[];
  /** The characters that texts of this kind are made of. Of those that nothing tells apart the first is taken. */
  readonly alphabet: readonly number[];
}

interface Stand {
  readonly states: readonly unknown[];
  readonly before: number;
  readonly text: string;
}

/** @param effort what may be spent; each question takes at most a part of it */
export function findText({ inside, outside = [], alphabet }: Question, effort: Effort): Found {
  const sets = [...inside, ...outside];
  const isAnswer = (states: readonly unknown[], before: number) =>
    sets.every((set, index) => {
      const state = states[index];
      return (state !== null && set.accepts(state, before)) === index < inside.length;
    });
  const characters = relevant(sets, alphabet);
  const seen = new Numbering();
  let open: Stand[] = [{ states: sets.map(({ start }) => start), before: NO_CHARACTER, text: "" }];
  for (let budget = Math.min(effort.states, STATES_PER_QUESTION); open.length > 0; ) {
    const following: Stand[] = [];
    for (const stand of open) {
      if (isAnswer(stand.states, stand.before)) return { kind: "found", text: stand.text };
      effort.states--;
      if (--budget < 0) return { kind: "unknown" };
      for (const code of characters) {
        const states = stepAll(sets, stand, code, inside.length);
        if (states === null || !seen.isNew(states, kindOf(code))) continue;
        following.push({ states, before: code, text: stand.text + String.fromCodePoint(code) });
      }
    }
    open = following;
  }
  return { kind: "none" };
}

/** Null when no text that goes on like this can be an answer. */
function stepAll(
  sets: readonly Automaton[],
  { states, before }: Stand,
  code: number,
  insideCount: number,
): unknown[] | null {
  const after: unknown[] = [];
  for (const [index, set] of sets.entries()) {
    const state = states[index];
    const next = state === null ? null : set.next(state, before, code);
    if (next === null && index < insideCount) return null;
    after.push(next);
  }
  return after;
}

/** One of each kind of character that some set tells from the others. */
function relevant(sets: readonly Automaton[], alphabet: readonly number[]): number[] {
  const allowed = new Set(alphabet);
  const edges = sets.flatMap((set) => set.edges).filter((edge) => edge > 127 && allowed.has(edge));
  const kinds = new Map<string, number>();
  for (const code of [...alphabet.filter((each) => each <= 127), ...edges]) {
    const kind = sets.map((set) => set.tellApart(code)).join(" ");
    if (!kinds.has(kind)) kinds.set(kind, code);
  }
  return [...kinds.values()];
}

/** What a pattern can tell about the character before: `^` with `(?m)`, and `\b`. */
function kindOf(code: number): number {
  if (code === 10) return 0;
  return /^\w$/.test(String.fromCodePoint(code)) ? 1 : 2;
}

/** States are compared by identity, so each gets a number. */
class Numbering {
  readonly #numbers = new Map<unknown, number>();
  readonly #seen = new Set<string>();

  isNew(states: readonly unknown[], kind: number): boolean {
    let key = `${kind}`;
    for (const state of states) key += `,${this.#numberOf(state)}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  #numberOf(state: unknown): number {
    const known = this.#numbers.get(state);
    if (known !== undefined) return known;
    this.#numbers.set(state, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

/** Some 20 ms. Patterns that people write need a few dozen. */
const STATES_PER_QUESTION = 2000;
