/**
 * A block with what it inherits, and the record of which directives somebody has read. At the end every directive
 * that is not in the record gets a note: what the converter does not look at cannot go under in silence.
 */
import type { Directive } from "./directive.ts";

export class Reading {
  readonly #read = new Set<Directive>();
  readonly #leftOut = new Set<Directive>();

  markRead(directive: Directive): void {
    this.#read.add(directive);
  }

  /** Told about as a whole, with all that is in it. */
  markLeftOut(directive: Directive): void {
    this.#leftOut.add(directive);
  }

  stateOf(directive: Directive): "read" | "leftOut" | "unread" {
    if (this.#leftOut.has(directive)) return "leftOut";
    return this.#read.has(directive) ? "read" : "unread";
  }
}

export class Scope {
  readonly parent: Scope | null;
  /** Null for a whole file. */
  readonly directive: Directive | null;
  readonly #directives: readonly Directive[];
  readonly #reading: Reading;
  /** Thousands of locations ask their server for what they inherit. */
  #byName: ReadonlyMap<string, Directive[]> | null = null;

  constructor(
    directive: Directive | null,
    directives: readonly Directive[],
    parent: Scope | null,
    reading: Reading,
  ) {
    this.directive = directive;
    this.#directives = directives;
    this.parent = parent;
    this.#reading = reading;
  }

  /** The scope of a block in this one. */
  child(directive: Directive): Scope {
    this.markRead(directive);
    return new Scope(directive, directive.block ?? [], this, this.#reading);
  }

  markRead(directive: Directive): void {
    this.#reading.markRead(directive);
  }

  markLeftOut(directive: Directive): void {
    this.#reading.markLeftOut(directive);
  }

  /** The directives of this block with one of these names, in order. */
  own(...names: readonly string[]): Directive[] {
    const found = this.peek(...names);
    for (const directive of found) this.markRead(directive);
    return found;
  }

  /** As `own`, without having read them. */
  peek(...names: readonly string[]): Directive[] {
    this.#byName ??= Map.groupBy(this.#directives, ({ name }) => name);
    const found = names.flatMap((name) => this.#byName?.get(name) ?? []);
    if (names.length === 1 || found.length < 2) return found;
    const wanted = new Set(found);
    return this.#directives.filter((directive) => wanted.has(directive));
  }

  /** As `peek`, without those that somebody has read. */
  unread(...names: readonly string[]): Directive[] {
    return this.peek(...names).filter((directive) => this.#reading.stateOf(directive) === "unread");
  }

  /** Those of the nearest block that has any. */
  inherited(...names: readonly string[]): Directive[] {
    const own = this.own(...names);
    return own.length > 0 || this.parent === null ? own : this.parent.inherited(...names);
  }

  /** The one that is in force, or null. */
  inForce(name: string): Directive | null {
    return this.inherited(name).at(-1) ?? null;
  }
}
