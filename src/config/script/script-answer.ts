/** What the process that evaluates a configuration in TypeScript tells the one that asked. */

export type ScriptAnswer =
  /** The exported value as JSON. */
  | { readonly kind: "value"; readonly json: string }
  | { readonly kind: "syntax"; readonly faults: readonly SyntaxFault[] }
  /** A module that the script imports was not found. */
  | { readonly kind: "import"; readonly message: string }
  | { readonly kind: "thrown"; readonly message: string; readonly frames: readonly Frame[] }
  /** The exported value, or parts of it, cannot be a configuration. */
  | { readonly kind: "result"; readonly faults: readonly ResultFault[] };

export interface ResultFault {
  readonly path: readonly (string | number)[];
  /** What is there, for people: `the function \`host\``. */
  readonly found: string;
}

export interface SyntaxFault extends Frame {
  readonly message: string;
}

/** A place in a file; both counted from 1. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
