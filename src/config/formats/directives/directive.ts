/** A configuration made of directives and blocks of them (nginx, httpd), each word with its place. */
import type { Place } from "../../source/source-text.ts";

export interface Word extends Place {
  /** Without quotes and escapes. */
  readonly text: string;
  readonly quoted: boolean;
}

/** As a place it reaches from its name to its end, that of its block if it has one. */
export interface Directive extends Place {
  /** As the format compares it. */
  readonly name: string;
  /** As it is written, for messages. */
  readonly label: string;
  /** For messages: name and arguments, without the block. */
  readonly head: Place;
  readonly words: readonly Word[];
  /** Null when it has none. */
  readonly block: readonly Directive[] | null;
}

/** The text of an argument, from 0; empty when there are fewer. */
export function argument(directive: Directive, index: number): string {
  return directive.words[index]?.text ?? "";
}

/** Of one file. A site has hundreds; each takes some 600 bytes of memory. */
export const DIRECTIVE_LIMIT = 300_000;
