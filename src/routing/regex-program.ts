/**
 * A compiled pattern as steps, for reasoning about which texts it matches: the very program that the engine runs,
 * so that what is proved about it holds when it serves. The engine's own form of it is no promise of its package;
 * what is read here is checked, and anything unknown gives no program, hence no proof.
 */

/** Numbers lead to other steps. */
export type RegexStep =
  | { readonly kind: "take"; readonly next: number; takes(code: number): boolean }
  | { readonly kind: "fork"; readonly next: number; readonly other: number }
  /** All of the conditions must hold between two characters. */
  | { readonly kind: "assert"; readonly next: number; readonly conditions: number }
  | { readonly kind: "pass"; readonly next: number }
  | { readonly kind: "match" }
  | { readonly kind: "fail" };

export interface RegexProgram {
  readonly start: number;
  readonly steps: readonly RegexStep[];
  /** Code points at which a class of characters begins or ends; ASCII may be left out. */
  readonly edges: readonly number[];
}

/** Conditions of an `assert`, as bits. */
export const ASSERT = {
  beginLine: 1,
  endLine: 2,
  beginText: 4,
  endText: 8,
  wordBoundary: 16,
  noWordBoundary: 32,
} as const;

/** What the engine calls `prog`. */
export interface EngineProgram {
  readonly start: number;
  readonly inst: readonly EngineStep[];
}

interface EngineStep {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: ArrayLike<number> | null;
  matchRune(code: number): boolean;
}

/** Null when the program has a step that is not known here. */
export function readProgram({ start, inst }: EngineProgram): RegexProgram | null {
  const steps: RegexStep[] = [];
  const edges = new Set<number>();
  for (const step of inst) {
    const read = readStep(step);
    if (read === null) return null;
    steps.push(read);
    if (read.kind === "take") for (const edge of Array.from(step.runes ?? [])) edges.add(edge);
  }
  return { start, steps, edges: [...edges] };
}

function readStep(step: EngineStep): RegexStep | null {
  const { op, out: next, arg } = step;
  switch (op) {
    case OP.fork:
    case OP.forkAtMatch:
      return { kind: "fork", next, other: arg };
    case OP.capture:
    case OP.nothing:
      return { kind: "pass", next };
    case OP.assert:
      return { kind: "assert", next, conditions: arg };
    case OP.fail:
      return { kind: "fail" };
    case OP.match:
      return { kind: "match" };
    case OP.runes:
    case OP.rune:
      return { kind: "take", next, takes: (code) => step.matchRune(code) };
    case OP.any:
      return { kind: "take", next, takes: () => true };
    case OP.anyInLine:
      return { kind: "take", next, takes: (code) => code !== LINE_FEED };
    default:
      return null;
  }
}

/** The engine's numbers, the same as those of RE2 in Go. */
const OP = {
  fork: 1,
  forkAtMatch: 2,
  capture: 3,
  assert: 4,
  fail: 5,
  match: 6,
  nothing: 7,
  runes: 8,
  rune: 9,
  any: 10,
  anyInLine: 11,
} as const;
const LINE_FEED = 10;
