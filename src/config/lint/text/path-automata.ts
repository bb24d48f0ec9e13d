/** Paths as sets: all that a request can have after normalisation, and those that a template or an exact path takes. */
import type { PathTemplate } from "../../../routing/path-template.ts";
import type { Automaton } from "./automaton.ts";

/** Begins with a slash and has no `.` and `..` segments. Escapes are not looked at, so a few are too many. */
export const anyPath: Automaton<string> = {
  start: "outside",
  edges: [],
  tellApart: (code) => (code === SLASH || code === DOT ? String(code) : ""),
  next(state, _before, code) {
    if (code === SLASH) return state === "." || state === ".." ? null : "";
    if (state === "outside") return null;
    if (code === DOT && state.length < 2 && state !== "x") return `${state}.`;
    return "x";
  },
  accepts: (state) => state === "" || state === "x",
};

export function exactAutomaton(path: string): Automaton<number> {
  const codes = [...path].map((character) => character.codePointAt(0)!);
  return {
    start: 0,
    edges: [],
    tellApart: (code) => (codes.includes(code) ? String(code) : ""),
    next: (position, _before, code) => (codes[position] === code ? position + 1 : null),
    accepts: (position) => position === codes.length,
  };
}

/** As `PathTree` and `PathIndex` understand templates: whole segments, a capture is not empty. */
export function templateAutomaton({ segments, below }: PathTemplate): Automaton<number> {
  // Literals and slashes as one row of codes, captures as one place that repeats itself.
  const row = segments.flatMap((segment) => [SLASH, ...(segment === null ? [CAPTURE] : codesOf(segment))]);
  const last = row.length;
  return {
    start: 0,
    edges: [],
    tellApart: (code) => (code === SLASH || row.includes(code) ? String(code) : ""),
    next(position, _before, code) {
      if (position === INSIDE) return INSIDE;
      if (row[position - 1] === CAPTURE && code !== SLASH) return position;
      if (position === last) return code === SLASH ? INSIDE : null;
      if (row[position] === CAPTURE) return code === SLASH ? null : position + 1;
      return row[position] === code ? position + 1 : null;
    },
    accepts: (position) => position === INSIDE || (!below && position === last),
  };
}

function codesOf(text: string): number[] {
  return [...text].map((character) => character.codePointAt(0)!);
}

const SLASH = 47;
const DOT = 46;
/** In a row: one character or more, but no slash. */
const CAPTURE = -1;
/** Below the template, where everything belongs to it. */
const INSIDE = -2;
