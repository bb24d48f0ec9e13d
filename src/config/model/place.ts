/** Where something stands. See ../model.ts. */

/** A place in a configuration file, both counted from 1. Columns count UTF-16 units. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
