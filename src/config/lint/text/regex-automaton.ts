/**
 * The texts in which a pattern finds something. A state is the set of steps that the engine would stand on; sets
 * are made when they are first reached. A pattern searches, so it may begin anywhere, and once it has
 * matched, nothing that follows changes that.
 */
import type { LinearRegex } from "../../../routing/regex.ts";
import { ASSERT, type RegexProgram } from "../../../routing/regex-program.ts";
import { type Automaton, NO_CHARACTER } from "./automaton.ts";

/** Null when the pattern's program cannot be read. */
export function regexAutomaton(regex: LinearRegex): Automaton | null {
  const program = regex.program();
  return program === null ? null : new RegexAutomaton(program);
}

interface StepSet {
  readonly steps: readonly number[];
}

class RegexAutomaton implements Automaton<StepSet> {
  readonly start: StepSet;
  readonly edges: readonly number[];
  readonly #program: RegexProgram;
  readonly #known = new Map<string, StepSet>();
  readonly #matched: StepSet = { steps: [] };

  constructor(program: RegexProgram) {
    this.#program = program;
    this.edges = program.edges;
    this.start = this.#set([]);
  }

  next(state: StepSet, before: number, code: number): StepSet {
    if (state === this.#matched) return state;
    const reached = this.#reach(state, before, code);
    if (reached === "match") return this.#matched;
    const after: number[] = [];
    for (const number of reached) {
      const step = this.#program.steps[number]!;
      if (step.kind === "take" && step.takes(code)) after.push(step.next);
    }
    return this.#set(after);
  }

  tellApart(code: number): string {
    const { steps } = this.#program;
    const taken = steps.map((step) => (step.kind === "take" && step.takes(code) ? 1 : 0)).join("");
    return `${taken}${isWord(code)}${code === LINE_FEED}`;
  }

  accepts(state: StepSet, before: number): boolean {
    return state === this.#matched || this.#reach(state, before, NO_CHARACTER) === "match";
  }

  /** All steps that can be stood on between two characters. */
  #reach({ steps }: StepSet, before: number, after: number): ReadonlySet<number> | "match" {
    const holding = conditionsBetween(before, after);
    const reached = new Set<number>();
    const open = [...steps, this.#program.start];
    while (open.length > 0) {
      const number = open.pop()!;
      if (reached.has(number)) continue;
      reached.add(number);
      const step = this.#program.steps[number]!;
      if (step.kind === "match") return "match";
      if (step.kind === "fork") open.push(step.next, step.other);
      if (step.kind === "pass") open.push(step.next);
      if (step.kind === "assert" && (step.conditions & ~holding) === 0) open.push(step.next);
    }
    return reached;
  }

  #set(steps: readonly number[]): StepSet {
    const sorted = [...new Set(steps)].sort((a, b) => a - b);
    const key = sorted.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const set = { steps: sorted };
    this.#known.set(key, set);
    return set;
  }
}

function conditionsBetween(before: number, after: number): number {
  let holding = isWord(before) === isWord(after) ? ASSERT.noWordBoundary : ASSERT.wordBoundary;
  if (before === NO_CHARACTER) holding |= ASSERT.beginText | ASSERT.beginLine;
  if (before === LINE_FEED) holding |= ASSERT.beginLine;
  if (after === NO_CHARACTER) holding |= ASSERT.endText | ASSERT.endLine;
  if (after === LINE_FEED) holding |= ASSERT.endLine;
  return holding;
}

function isWord(code: number): boolean {
  return code !== NO_CHARACTER && /^[0-9A-Za-z_]$/.test(String.fromCodePoint(code));
}

const LINE_FEED = 10;
